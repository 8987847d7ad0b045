return {
  after_sale = "售后回访 {customer}（{unit}）",
  follow_up = "跟进 {customer}（{class} 类）",
  follow_up_unclassed = "跟进 {customer}（未定级）",
  fix = "现场维修：{customer} {content}",
  instruction = "服务指令：{customer} {plan}",
  no_permit = "没有预售许可证，不能收款",
  below_floor = "低于底价",
  no_day = "没有签约日期（signed_on）",
  taken = "{unit} 已被 {by} 占用",
  protected = "客户由 {by} 报备，保护到 {until_day}",
  known_visitor = "客户已经来访过，不能报备",
}
