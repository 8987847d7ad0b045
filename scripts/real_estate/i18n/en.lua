return {
  after_sale = "Visit {customer} after the sale ({unit})",
  follow_up = "Call {customer} (class {class})",
  follow_up_unclassed = "Call {customer} (no class yet)",
  fix = "Repair on site: {customer}, {content}",
  instruction = "Service instruction: {customer}, {plan}",
  no_permit = "there is no presale permit: no money may be taken",
  below_floor = "below the floor price",
  no_day = "the day of the signature is missing (signed_on)",
  taken = "{unit} is taken by {by}",
  protected = "{by} filed this customer, protected until {until_day}",
  known_visitor = "the customer came before and cannot be filed",
}
