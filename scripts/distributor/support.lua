-- support: what is done for distributors, and how they take part: advertising, training, promotions
-- (DIS-04, DIS-05, DIS-07).

-- Rounded half up to whole fen.
local function funded(cost, share) return (cost * share + 50) // 100 end

local part = {
  types = {
    ad_funding = {
      label = { zh = "广告资助", en = "advertising aid" }, title = "activity",
      doc = "Advertising of a distributor that is paid in full or in part (DIS-04).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "经销商", en = "distributor" } },
        { name = "activity", kind = "text", required = true,
          label = { zh = "活动", en = "activity" } },
        { name = "spent_on", kind = "date", required = true,
          label = { zh = "日期", en = "spent on" } },
        { name = "cost", kind = "money", required = true, min = 0, max = 1000000000000,
          label = { zh = "费用", en = "cost" } },
        { name = "share", kind = "integer", required = true, min = 1, max = 100,
          label = { zh = "资助比例（%）", en = "share in percent" } },
        { name = "funded", kind = "money", readonly = true,
          label = { zh = "资助金额", en = "funded" } },
      },
      indexes = { by_day = { fields = { "customer", "spent_on" } } },
    },
    training = {
      label = { zh = "培训", en = "training" }, title = "topic",
      doc = "Training of a distributor's staff: the plan and who came (DIS-05).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "经销商", en = "distributor" } },
        { name = "topic", kind = "text", required = true, label = { zh = "主题", en = "topic" } },
        { name = "held_on", kind = "date", required = true, label = { zh = "日期", en = "held on" } },
        { name = "invited", kind = "integer", min = 0, required = true,
          label = { zh = "计划人数", en = "invited" } },
        { name = "attended", kind = "integer", min = 0, label = { zh = "到场人数", en = "attended" } },
      },
      indexes = { by_day = { fields = { "customer", "held_on" } } },
    },
    promotion_part = {
      label = { zh = "促销参与", en = "part in a promotion" }, title = "promotion",
      doc = "How a distributor took part in a promotion (DIS-07).",
      fields = {
        { name = "customer", kind = "reference", to = "customer", required = true,
          label = { zh = "经销商", en = "distributor" } },
        { name = "promotion", kind = "text", required = true,
          label = { zh = "促销", en = "promotion" } },
        { name = "held_on", kind = "date", required = true, label = { zh = "日期", en = "held on" } },
        { name = "took_part", kind = "boolean", default = false,
          label = { zh = "参与", en = "took part" } },
        { name = "score", kind = "integer", min = 0, max = 5, label = { zh = "评分", en = "score" } },
      },
      indexes = { by_day = { fields = { "customer", "held_on" } } },
    },
    customer = { extends = true, fields = {
      { name = "policy_understood", kind = "integer", min = 0, max = 5,
        label = { zh = "了解企业政策", en = "knows the policy" }, doc = "0 to 5 (DIS-09)." },
    } },
  },

  rules = {
    aid_is_a_share = {
      on = "ad_funding", events = { "create", "update" }, fields = { "cost", "share" },
      doc = { zh = "资助金额＝费用×比例。", en = "What is funded follows from cost and share (DIS-04)." },
      before = function(ctx, change)
        local aid = change.after
        ctx:update("ad_funding", aid.id, { funded = funded(aid.cost, aid.share) })
      end,
    },
    attended_are_invited = {
      on = "training", events = { "create", "update" }, where = { attended = { is_null = false } },
      doc = { zh = "到场人数不超过计划人数。", en = "No more attend than were invited (DIS-05)." },
      before = function(ctx, change)
        if change.after.attended <= change.after.invited then return end
        ctx:fail("RULE_FAILED", "more_attended", { field = "attended" })
      end,
    },
  },
}

return { parts = { part } }
