-- template: a note about a customer, and the question some days later what became of it.
-- Change it into what your business does; README.md says how to go on.

local date = crm.date

return crm.package {
  name = "template",
  version = "0.1.0",
  doc = {
    zh = "客户随记，以及几天后的询问。",
    en = "Notes about customers, and a question some days later.",
  },

  -- Set in the server's configuration, under packages.config.template.
  config = {
    days = {
      kind = "integer", default = 7, min = 0, max = 365,
      label = { zh = "几天后询问", en = "days until the question" },
    },
  },

  types = {
    template_note = {
      label = { zh = "随记", en = "note" },
      doc = "What was said.",
      title = "text",
      fields = {
        {
          name = "customer", kind = "reference", to = "customer", required = true, index = true,
          label = { zh = "客户", en = "customer" },
        },
        {
          name = "text", kind = "text", required = true,
          label = { zh = "内容", en = "text" },
        },
      },
    },
  },

  rules = {
    ask_later = {
      on = "template_note", events = { "create" },
      doc = { zh = "新的随记：几天后询问。", en = "A new note is asked about some days later." },
      before = function(ctx, change)
        local note = change.after
        local customer = ctx:get("customer", note.customer)
        ctx:call("task.plan", {
          customer = customer.id,
          kind = "template",
          due_on = date.add(ctx.today, { days = ctx.config.days }),
          owner = customer.owner,
          title = ctx:text("ask", { name = customer.name }),
          text = note.text,
        })
      end,
    },
  },

  ops = {
    ["template.list"] = {
      doc = { zh = "一位客户的随记，最近的在前。", en = "A customer's notes, the newest first." },
      params = { customer = { kind = "integer", required = true } },
      result = { items = { kind = "list", of = "map" } },
      errors = { "NOT_FOUND" },
      run = function(ctx, params)
        local customer = ctx:get("customer", params.customer)
        return {
          items = ctx:find("template_note", { where = { customer = customer.id }, order = "-id" }),
        }
      end,
    },

    ["template.write"] = {
      write = true,
      doc = { zh = "写一条随记。", en = "Writes a note." },
      params = {
        customer = { kind = "integer", required = true },
        text = { kind = "text", required = true },
      },
      errors = { "RULE_FAILED" },
      run = function(ctx, params)
        if utf8.len(params.text) < 2 then
          ctx:fail("RULE_FAILED", "too_short", { field = "text" })
        end
        return ctx:create("template_note", params)
      end,
    },
  },
}
