# Sourced by ./mvnw and ./rivulet: sets JAVA_HOME to a JDK 25, or says in one line how to get one.

# Whether the folder $1 holds a JDK 25 (with its compiler). Reads its release file: starts no JVM.
is_jdk25() {
  [ -n "$1" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] &&
    grep -q '^JAVA_VERSION="25[".]' "$1/release"
}

# The folder of the JDK whose program $1 (a path, perhaps a symbolic link) belongs to.
jdk_of() {
  jdk_program=$1
  while [ -L "$jdk_program" ]; do
    jdk_link=$(readlink "$jdk_program")
    case $jdk_link in
      /*) jdk_program=$jdk_link ;;
      *) jdk_program=$(dirname "$jdk_program")/$jdk_link ;;
    esac
  done
  (cd "$(dirname "$jdk_program")/.." 2>/dev/null && pwd -P)
}

# JAVA_HOME if it fits, then java on the PATH, then where the installers of Linux, macOS and SDKMAN
# put their JDKs.
find_jdk25() {
  if is_jdk25 "${JAVA_HOME:-}"; then
    return 0
  fi
  if command -v java >/dev/null 2>&1; then
    jdk_home=$(jdk_of "$(command -v java)")
    if is_jdk25 "$jdk_home"; then
      JAVA_HOME=$jdk_home
      return 0
    fi
  fi
  for jdk_home in \
    /usr/lib/jvm/* \
    /usr/lib64/jvm/* \
    /usr/java/* \
    /opt/java/* \
    /opt/jdk* \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${SDKMAN_DIR:-${HOME:-}/.sdkman}"/candidates/java/* \
    "${HOME:-}"/.jdks/* \
    "${HOME:-}"/.local/share/mise/installs/java/* \
    "${HOME:-}"/.asdf/installs/java/*; do
    if is_jdk25 "$jdk_home"; then
      JAVA_HOME=$jdk_home
      return 0
    fi
  done
  echo "$1: needs a JDK 25 and found none: set JAVA_HOME to one, or install it (Debian: apt-get install openjdk-25-jdk or temurin-25-jdk; macOS: brew install openjdk@25; anywhere: sdk install java 25-tem, or https://adoptium.net)." >&2
  return 1
}
