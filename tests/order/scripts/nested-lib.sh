# Sourced; functions only.
require_clean_tree() {
  git diff --exit-code
  gh pr checks
}

notify() {
  slack-post "$1"
}
