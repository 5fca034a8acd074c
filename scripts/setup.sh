# Sourced by quickstart.sh and test.sh: what both need before they build.

# Ends with one sentence about what is missing.
fail() {
  echo "Error: $1" >&2
  exit 1
}

# Swift 6.3 or newer.
check_swift() {
  command -v swift >/dev/null || fail "swift is not on the PATH; install Swift 6.3 from swift.org"
  local version major minor
  version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p')
  read -r major minor <<<"${version:-0 0}"
  if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 3 ]; }; then
    fail "Swift 6.3 or newer is needed, and this is ${version/ /.}; install it from swift.org"
  fi
}

# Installs the C libraries that are missing, with sudo where the user is not root; arguments name
# further packages.
install_libraries() {
  command -v git >/dev/null || fail "git is not on the PATH; swift needs it to fetch packages"
  check_swift
  local missing=()
  for package in libopenblas-dev libsqlite3-dev "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "install ${missing[*]} first (no apt-get here to do it)"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "install ${missing[*]} first (not root, and no sudo)"
    root=(sudo)
  fi
  echo "Installing ${missing[*]}" >&2
  "${root[@]}" apt-get update -qq >&2 || fail "apt-get update failed; install ${missing[*]} by hand"
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2 \
    || fail "apt-get could not install ${missing[*]}"
}
