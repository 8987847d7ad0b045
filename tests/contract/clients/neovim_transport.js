// The transport of npm's neovim package, as it is: requests, errors, pipelining, notifications.
// node neovim_transport.js SOCKET prints one line of JSON.
const net = require("net");
const { Transport } = require("neovim/lib/utils/transport");

const socket = net.connect(process.argv[2]);
const transport = new Transport();
transport.attach(socket, socket, null);

const call = (op, params) =>
  new Promise((resolve, reject) =>
    transport.request(op, params === undefined ? [] : [params], (error, result) =>
      error ? reject(error) : resolve(result)));

const failure = (promise) => promise.then(() => "no error", (error) => error);

async function main() {
  const seen = { events: [] };
  const told = new Promise((resolve) =>
    transport.on("notification", (method, [event]) => {
      seen.events.push([method, event.type, event.record.name]);
      if (seen.events.length === 201) resolve();
    }));
  seen.pong = (await call("server.ping")).pong;
  await call("event.subscribe", { types: ["customer"] });
  const made = await call("record.create", { type: "customer", values: { name: "王秀兰" } });
  seen.name = (await call("record.get", { type: "customer", id: made.id })).name;
  seen.error = await failure(call("record.get", { type: "customer", id: 999999 }));
  seen.unknown = await failure(call("record.gett", { type: "customer", id: 1 }));
  const calls = [];
  for (let i = 0; i < 200; i++) {
    calls.push(call("record.create", { type: "customer", values: { name: `客户${i}` } }));
  }
  const ids = (await Promise.all(calls)).map((record) => record.id);
  seen.pipelined = ids.length;
  seen.rising = ids.every((id, i) => i === 0 || id > ids[i - 1]);
  transport.notify("record.create", [{ type: "customer", values: { name: "不该有" } }]);
  await told;
  seen.count = (await call("record.count", { type: "customer" })).count;
  console.log(JSON.stringify(seen));
  socket.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
