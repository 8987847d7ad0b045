-- PostgreSQL as a peer: the same business, the same indexes, and what bench/init.lua does as a function.

CREATE TABLE customer (
  id bigserial PRIMARY KEY, name text NOT NULL, kind text, phone text UNIQUE, email text, region text,
  address text, owner text, source text, attribute text, birthday date, note text,
  order_count integer NOT NULL DEFAULT 0, order_total bigint NOT NULL DEFAULT 0, last_order_on date
) WITH (fillfactor = 90);
CREATE TABLE product (
  id bigserial PRIMARY KEY, name text NOT NULL, price bigint NOT NULL, cycle_days integer NOT NULL
);
CREATE TABLE orders (
  id bigserial PRIMARY KEY, customer bigint NOT NULL, product bigint NOT NULL, quantity integer NOT NULL,
  amount bigint, ordered_on date, repurchase_on date, owner text, state text
);
CREATE TABLE task (
  id bigserial PRIMARY KEY, customer bigint, orders bigint, kind text, title text, owner text,
  due_on date, state text
);
CREATE TABLE timer (due timestamptz, op text, name bigint, PRIMARY KEY (due, op, name));

-- What a search of two characters needs, beside the customers so that it costs their writes nothing.
CREATE FUNCTION pieces(name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(DISTINCT substr(name, i, 2)) FROM generate_series(1, length(name) - 1) AS i
$$;
CREATE TABLE customer_pieces (id bigint PRIMARY KEY, name text, pieces text[]);

CREATE FUNCTION plan(customer bigint, orders bigint, kind text, title text, owner text, due date)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE task_id bigint;
BEGIN
  INSERT INTO task (customer, orders, kind, title, owner, due_on, state)
    VALUES (customer, orders, kind, title, owner, due, 'open') RETURNING id INTO task_id;
  INSERT INTO timer VALUES (due::timestamptz, 'bench.due', task_id);
END
$$;

CREATE FUNCTION place_order(customer_id bigint, product_id bigint, quantity integer,
                            OUT order_id bigint, OUT amount bigint, OUT again date)
LANGUAGE plpgsql AS $$
DECLARE who customer; what product; today date := current_date;
BEGIN
  SELECT * INTO STRICT who FROM customer WHERE id = customer_id;
  SELECT * INTO STRICT what FROM product WHERE id = product_id;
  amount := what.price * quantity;
  again := today + what.cycle_days * quantity;
  INSERT INTO orders (customer, product, quantity, amount, ordered_on, repurchase_on, owner, state)
    VALUES (customer_id, product_id, quantity, amount, today, again, who.owner, 'open')
    RETURNING id INTO order_id;
  PERFORM plan(customer_id, order_id, 'revisit', '回访' || who.name, who.owner, today + 5);
  PERFORM plan(customer_id, order_id, 'repurchase', who.name || '该买' || what.name || '了', who.owner,
               again);
  UPDATE customer SET order_count = order_count + 1, order_total = order_total + place_order.amount,
    last_order_on = today WHERE id = customer_id;
END
$$;
