# Sourced by the scripts beside it.

# Prints median, smallest and largest of the numbers on the input.
summary() {
  sort -n | awk '{ v[NR] = $1 } END {
    m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
    printf "%.1f %.1f %.1f\n", m, v[1], v[NR] }'
}

column() { # FILE COLUMN
  awk -v c="$2" '{ print $c }' "$1"
}

# The value of the first field of that name in a JSON file.
value() { # NAME FILE
  sed -n "s/.*\"$1\" *: *\"\?\([^\",}]*\).*/\1/p" "$2" | head -n 1
}

processor() {
  sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1
}

# The processor with the vector instructions that decide its speed: machines of one name differ in them.
processor_kind() {
  local flags vectors=AVX2
  flags=" $(sed -n 's/^flags[^:]*: //p' /proc/cpuinfo | head -n 1) "
  [[ $flags == *' avx512f '* ]] && vectors=AVX-512
  [[ $flags == *' avx512_bf16 '* ]] && vectors+=" and bf16"
  [[ $flags == *' amx_bf16 '* ]] && vectors+=" and AMX"
  echo "$(processor) with $vectors"
}

bf16_instructions() {
  local found
  found=$(grep -o -w -m 1 -E 'avx512_bf16|amx_bf16' /proc/cpuinfo | sort -u | tr '\n' ' ' || true)
  echo "${found:-none}"
}

# Replaces the section of benchmarks/RESULTS.md, or of another page, that has this heading by the input,
# which begins with it, and leaves the others; prints the section.
record() { # HEADING [PAGE]
  local results=${2:-benchmarks/RESULTS.md} text
  text=$(cat)
  printf '%s\n' "$text"
  {
    awk -v heading="$1" '/^## / { dropped = $0 == heading } !dropped' "$results"
    printf '\n%s\n' "$text"
  } >"$results.new"
  # One empty line between sections, none at the end.
  cat -s "$results.new" | sed -e '${/^$/d}' >"$results"
  rm -f "$results.new"
}
