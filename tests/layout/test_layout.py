"""Shows that the checks of this folder can fail: each rule is broken once in a tree of its own, and kept once."""

import pathlib
import tempfile
import unittest

import check_includes
import check_names
import check_style


def faults(checker, files):
    """files: path -> text. Returns the faults that the checker finds in a tree of just these."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            full = pathlib.Path(folder, path)
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(text, encoding="utf-8")
        found, count = checker.check(folder)
        assert count == len(files), f"{count} of {len(files)} files were read"
        return found


class Includes(unittest.TestCase):
    def refused(self, path, include):
        found = faults(check_includes, {path: f"// a file\n#include {include}\n"})
        self.assertEqual(len(found), 1, f"{path} includes {include}: {found}")
        self.assertTrue(found[0].startswith(f"{path}:2: "), found[0])

    def allowed(self, path, include):
        self.assertEqual(faults(check_includes, {path: f"#include {include}\n"}), [])

    def test_arrows_of_the_table(self):
        for path, include in [
            ("engine/a.cpp", '"engine/ids.hpp"'),
            ("ringhash/a.hpp", '"engine/ids.hpp"'),
            ("ringhash/a.cpp", '"engine/error.hpp"'),
            ("models/life/life.cpp", '"engine/model/model.hpp"'),
            ("io/a.cpp", '"engine/schema/job.hpp"'),
            ("cuda/a.cu", '"models/life/kernels.hpp"'),
            ("cuda/a.cu", '"models/epidemic/epidemic_kernels.hpp"'),
            ("shard/a.cpp", '"ringhash/ring.hpp"'),
            ("coordinator/a.cpp", '"io/checkpoints/manifest.hpp"'),
            ("coordinator/a.cpp", '"io/clock.hpp"'),
            ("coordinator/a.cpp", '"shard/wire/messages.hpp"'),
            ("apps/a.cpp", '"coordinator/coordinator.hpp"'),
            ("policy/a.cpp", '"engine/schema/policy.hpp"'),
            ("cuda/a.cu", '"policy/network.hpp"'),
            ("engine/tick/a.cpp", '"engine/kernels/binding.hpp"'),
            ("engine/state/a.hpp", '"engine/state/b.hpp"'),
            ("io/graphs/a.cpp", '"io/storage.hpp"'),
            ("apps/a.cpp", '"apps/commands/command_diff.hpp"'),
            ("shard/a.cpp", '"shard/links/frame.hpp"'),
        ]:
            self.allowed(path, include)

    def test_arrows_that_the_table_does_not_have(self):
        for path, include in [
            ("engine/a.cpp", '"io/job/job_file.hpp"'),
            ("engine/sub/a.hpp", '"models/life/life.hpp"'),
            ("ringhash/a.hpp", '"engine/random/random.hpp"'),
            ("models/life/life.cpp", '"io/rle.hpp"'),
            ("io/a.cpp", '"shard/shard.hpp"'),
            ("cuda/a.cu", '"models/life/life.hpp"'),
            ("shard/a.cpp", '"models/life/life.hpp"'),
            ("shard/a.cpp", '"coordinator/coordinator.hpp"'),
            ("coordinator/a.cpp", '"shard/shard.hpp"'),
            ("coordinator/a.cpp", '"io/checkpoints/checkpoint.hpp"'),
            ("coordinator/a.cpp", '"io/storage.hpp"'),
            ("apps/a.cpp", '"tests/support.hpp"'),
            ("policy/a.cpp", '"cuda/device.hpp"'),
            ("engine/state/a.cpp", '"engine/kernels/binding.hpp"'),
            ("engine/a.cpp", '"engine/graph/graph.hpp"'),
            ("engine/new/a.cpp", '"engine/ids.hpp"'),
            ("io/run/a.cpp", '"io/new/a.hpp"'),
            ("shard/links/a.hpp", '"shard/shard.hpp"'),
            ("apps/shared/a.cpp", '"apps/app.hpp"'),
        ]:
            self.refused(path, include)

    def test_a_source_includes_its_own_header_first(self):
        header = {"io/a.hpp": "// a file\n", "io/b.hpp": "// a file\n"}
        self.assertEqual(faults(check_includes, {**header, "io/a.cpp": '#include "io/a.hpp"\n#include "io/b.hpp"\n'}), [])
        self.assertEqual(len(faults(check_includes, {**header, "io/a.cpp": '#include <vector>\n#include "io/a.hpp"\n'})), 1)
        self.assertEqual(len(faults(check_includes, {**header, "io/a.cpp": "int a;\n"})), 1)

    def test_paths_start_at_the_root(self):
        self.refused("engine/a.cpp", '"ids.hpp"')
        self.refused("engine/a.cpp", '"../engine/ids.hpp"')
        self.refused("engine/a.cpp", '"engine/../io/job_file.hpp"')
        self.refused("io/a.cpp", "<engine/ids.hpp>")

    def test_spacing_hides_nothing(self):
        self.assertEqual(len(faults(check_includes, {"engine/a.cpp": '  #  include   "io/a.hpp"\n'})), 1)

    def test_libraries_stay_in_their_folders(self):
        for path, include in [
            ("apps/a.cpp", "<hdf5.h>"),
            ("engine/a.cpp", "<toml++/toml.h>"),
            ("shard/a.cpp", "<zlib.h>"),
            ("apps/a.cpp", "<nlohmann/json.hpp>"),
            ("engine/a.cpp", "<spdlog/spdlog.h>"),
            ("io/a.cpp", "<CLI/CLI.hpp>"),
            ("io/a.cpp", "<metis.h>"),
            ("models/a.cpp", "<igraph/igraph.h>"),
            ("io/a.cpp", "<nng/nng.h>"),
            ("engine/a.cpp", "<thrust/sort.h>"),
            ("engine/a.cpp", "<cuda_runtime.h>"),
            ("models/a.cpp", "<tbb/parallel_for.h>"),
            ("engine/a.cpp", "<eigen3/Eigen/Core>"),
            ("engine/a.cpp", "<gtest/gtest.h>"),
        ]:
            self.refused(path, include)
        for path, include in [
            ("io/a.cpp", "<hdf5.h>"),
            ("io/a.cpp", "<toml++/toml.h>"),
            ("apps/a.cpp", "<CLI/CLI.hpp>"),
            ("apps/a.cpp", "<igraph/igraph.h>"),
            ("shard/a.cpp", "<metis.h>"),
            ("cuda/a.cu", "<thrust/sort.h>"),
            ("engine/a.cpp", "<tbb/parallel_for.h>"),
            ("engine/a.cpp", "<vector>"),
            ("io/a.cpp", "<sys/stat.h>"),
        ]:
            self.allowed(path, include)


class Names(unittest.TestCase):
    def test_a_name_wants_its_header(self):
        found = faults(check_names, {"engine/a.hpp": "#include <string>\nstd::vector<std::string> a;\n"})
        self.assertEqual(found, ["engine/a.hpp:2: uses std::vector without <vector>"])
        self.assertEqual(len(faults(check_names, {"io/a.cpp": "#include <string>\nauto a = fmt::format(\"a\");\n"})), 1)

    def test_a_header_of_ours_may_bring_it(self):
        self.assertEqual(faults(check_names, {"engine/a.hpp": '#include "engine/b.hpp"\nstd::vector<int> a;  // std::map\n',
                                              "engine/b.hpp": "#include <vector>\n"}), [])


class Style(unittest.TestCase):
    def found(self, path, text):
        return faults(check_style, {path: text})

    def refused(self, path, line, pragma="#pragma once\n"):
        found = self.found(path, f"// a file\n{pragma}{line}\n")
        self.assertEqual(len(found), 1, f"{line}: {found}")

    def test_text(self):
        self.assertEqual(self.found("io/a.hpp", "// a file\n#pragma once\n"), [])
        self.refused("io/a.hpp", "int " + "x" * 140 + ";")
        self.refused("io/a.hpp", "\tint x;")
        self.refused("io/a.hpp", "int x; ")
        self.refused("io/a.hpp", "int x;  // TO" + "DO")
        self.assertEqual(len(self.found("io/a.cpp", "// a file\nint x;")), 1)
        self.assertEqual(len(self.found("io/a.cpp", "int x;\n")), 1)
        self.assertEqual(len(self.found("io/a.hpp", "// a file\nint x;\n")), 1)

    def test_comments(self):
        for line in [
            "// nobody reads it",
            "int x;  ///< Whatever it was",
            'say("//");  // for anybody',
            "/* somebody */ int x;",
        ]:
            self.refused("io/a.hpp", line)
            self.refused("tests/unit/a.hpp", line)
        for line in [
            'say("nobody: whatever // anybody said");',
            'const char* url = "tcp://somebody";  // of a peer',
            "int nobody = 65534;",
            "// anybodys and whatevers",
        ]:
            self.assertEqual(self.found("io/a.hpp", f"// a file\n#pragma once\n{line}\n"), [], line)

    def test_length(self):
        for path, limit in [("io/a.hpp", 250), ("io/a.cpp", 650)]:
            head = "// a file\n#pragma once\n"
            self.assertEqual(self.found(path, head + "\n" * (limit - 2)), [])
            self.assertEqual(len(self.found(path, head + "\n" * (limit - 1))), 1)

    def test_state_code(self):
        for line in [
            "int r = rand();",
            "std::random_device seed;",
            "std::mt19937 generator;",
            "double y = std::exp(x);",
            "double y = std::pow (x, 2);",
            "float y = tanhf(x);",
            "double y = ::log(x);",
            "auto now = std::chrono::system_clock::now();",
            "auto now = std::chrono::steady_clock::now();",
            "long now = time(nullptr);",
            "std::atomic<float> sum;",
        ]:
            self.refused("engine/a.hpp", line)
            self.refused("models/life/life.cpp", line)
            self.assertEqual(self.found("apps/a.hpp", f"// a file\n#pragma once\n{line}\n"), [], line)

    def test_state_code_that_is_fine(self):
        for line in [
            "double y = std::sqrt(x);",
            "double y = math::exp(x);",
            "double y = exp(x);",  # without <cmath> this is ours
            "// exp(x) and std::exp(x) differ",
            'throw Error("rand() is not for state");',
            "auto now = steady_clock::now();  // not state: the profile",
            "brand(x); log_weight(x); expand(x);",
        ]:
            self.assertEqual(self.found("engine/a.cpp", f"// a file\n{line}\n"), [], line)

    def test_time_comes_through_clock_alone(self):
        for line in [
            "using Time = std::chrono::steady_clock;",
            "auto now = std::chrono::system_clock::now();",
            "high_resolution_clock::time_point begin;",
            "::clock_gettime(CLOCK_MONOTONIC, &now);",
            "long now = std::time(nullptr);",
        ]:
            for path in ["shard/links/a.cpp", "io/run/a.hpp", "io/clock.hpp", "coordinator/a.cpp"]:
                self.refused(path, line)
            for path in ["io/clock.cpp", "apps/a.cpp", "tests/unit/a.cpp", "bench/a.cpp"]:
                self.assertEqual(self.found(path, f"// a file\n{line}\n"), [], line)
        for line in [
            "wake.wait_for(lock, std::chrono::nanoseconds(left_ns));",
            "const std::uint64_t now_ns = clock.now_ns();",
            "// a steady_clock of its own",
            "::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);  // not time: work of the processors",
        ]:
            self.assertEqual(self.found("shard/a.cpp", f"// a file\n{line}\n"), [], line)

    def test_unqualified_libm(self):
        self.assertEqual(len(self.found("engine/a.cpp", "// a file\n#include <cmath>\nauto y = exp(x);\n")), 1)
        self.assertEqual(self.found("engine/a.cpp", "// a file\n#include <cmath>\ninline double exp(double x);\n"), [])


if __name__ == "__main__":
    unittest.main()
