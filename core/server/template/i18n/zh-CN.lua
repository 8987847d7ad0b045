return {
  ask = "询问 {name}",
  too_short = "随记至少写两个字",
}
