return {
  ask = "Ask {name}",
  too_short = "a note has at least two characters",
}
