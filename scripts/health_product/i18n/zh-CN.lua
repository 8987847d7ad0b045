return {
  revisit_title = "回访 {customer}",
  revisit_reason = "{ordered_on} 订单回访",
  repurchase_title = "提醒 {customer} 复购{product}",
  repurchase_reason = "{product}即将用完",
  task_without_customer = "这个任务没有客户，不是回访",
}
