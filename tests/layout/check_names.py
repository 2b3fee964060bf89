"""Fails where a file uses a name of a header that it does not include, itself or through headers of ours.

The libraries' sources are compiled with these headers read beforehand (cmake/ColonyTargets.cmake), so that the compiler misses none of
them; a model that is built against the installed headers would.

usage: check_names.py ROOT      one line a fault, exit status 1 when there is one
"""

import functools
import pathlib
import re

import check_includes
import report

# header -> the names that need it, and other headers that would do
NAMES = {
    "algorithm": "sort stable_sort find find_if find_if_not any_of all_of none_of count count_if lower_bound upper_bound equal_range"
                 " binary_search max_element min_element minmax_element nth_element partial_sort is_sorted unique reverse rotate"
                 " transform fill fill_n copy copy_n for_each set_union set_difference set_intersection includes remove_if clamp"
                 " partition stable_partition make_heap push_heap pop_heap inplace_merge merge shuffle adjacent_find mismatch",
    "array": "array",
    "atomic": "atomic atomic_ref atomic_flag memory_order_relaxed memory_order_acquire memory_order_release",
    "bit": "bit_cast popcount countr_zero countl_zero bit_width bit_ceil bit_floor has_single_bit rotl rotr endian",
    "chrono": "chrono",
    "cmath": "isnan isfinite isinf floor ceil sqrt pow log log2 log10 exp round lround trunc abs hypot cos sin fmod cbrt nearbyint ldexp",
    "cstdint": "uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t uintptr_t",
    "cstring": "memcpy memset memcmp memmove memchr strlen strerror strcmp",
    "deque": "deque",
    "filesystem": "filesystem",
    "functional": "function reference_wrapper ref cref hash less greater plus",
    "limits": "numeric_limits",
    "map": "map multimap",
    "memory": "unique_ptr make_unique shared_ptr make_shared weak_ptr construct_at destroy_at addressof enable_shared_from_this",
    "mutex": "mutex lock_guard unique_lock scoped_lock recursive_mutex once_flag call_once",
    "numeric": "accumulate iota partial_sum gcd lcm exclusive_scan inclusive_scan inner_product adjacent_difference reduce",
    "optional": "optional nullopt make_optional",
    "set": "set multiset",
    "span": "span as_bytes as_writable_bytes",
    "sstream": "ostringstream istringstream stringstream",
    "string": "string to_string getline stoull stoul stoll stod",
    "thread": "thread this_thread",
    "tuple": "tuple tie make_tuple forward_as_tuple apply tuple_size_v tuple_element_t",
    "type_traits": "is_same_v is_integral_v is_floating_point_v is_unsigned_v is_signed_v is_enum_v is_trivially_copyable_v decay_t"
                   " remove_cvref_t conditional_t underlying_type_t make_unsigned_t enable_if_t void_t is_void_v invoke_result_t",
    "unordered_map": "unordered_map unordered_multimap",
    "variant": "variant visit monostate get_if holds_alternative variant_size_v variant_alternative_t",
    "vector": "vector",
}
ALSO = {"string": {"sstream"}, "functional": {"string", "vector", "map"}, "type_traits": {"concepts", "functional", "variant", "memory"},
        "cmath": {"cstdlib"}, "mutex": {"condition_variable"}, "tuple": {"map", "functional"}, "array": {"tuple"},
        "cstdint": {"cinttypes"}, "chrono": {"thread", "condition_variable"}}
HEADER_OF = {name: header for header, names in NAMES.items() for name in names.split()}
USED = re.compile(r"\bstd::(\w+)|(?<!:)\b(fmt|tbb)::")
NOT_CODE = re.compile(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"')


class Tree:
    """The files of a repository by their path from its root, and what each includes."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    @functools.cache
    def includes(self, path):
        """The headers of others that a file of ours includes, itself or through ours."""
        file = self.root / path
        if not file.exists():
            return frozenset()
        found = set()
        for quoted, angled in filter(None, (m and m.groups() for m in map(check_includes.INCLUDE.match, file.read_text().splitlines()))):
            found |= {angled} if angled else self.includes(quoted)
        return frozenset(found)

    def faults(self, path):
        has = self.includes(path)
        text = NOT_CODE.sub("", (self.root / path).read_text(encoding="utf-8"))
        missing = {}
        for number, line in enumerate(text.splitlines(), 1):
            for name, library in USED.findall(line):
                header = HEADER_OF.get(name)
                if header and not has & ({header} | ALSO.get(header, set())):
                    missing.setdefault(f"<{header}>", (number, f"std::{name}"))
                if library and not any(other.startswith(f"{library}/") for other in has):
                    missing.setdefault(f"a header of {library}", (number, f"{library}::"))
        return [f"{path}:{number}: uses {name} without {header}" for header, (number, name) in missing.items()]


def check(root):
    """Returns the faults under root and the number of files read."""
    tree = Tree(root)
    files = [file.relative_to(root).as_posix() for folder in check_includes.ARROWS
             for file in sorted(tree.root.joinpath(folder).rglob("*")) if file.suffix in {".hpp", ".cpp"}]
    return [fault for path in files for fault in tree.faults(path)], len(files)


if __name__ == "__main__":
    report.run(check, __doc__)
