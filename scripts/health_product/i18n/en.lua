return {
  revisit_title = "Revisit {customer}",
  revisit_reason = "Revisit for the order of {ordered_on}",
  repurchase_title = "Remind {customer} of {product}",
  repurchase_reason = "{product} is about to be used up",
  task_without_customer = "This task has no customer; it is no revisit",
}
