"""Policies: the trained ants against the rule written by hand, what is refused, and networks as exporters write them.

usage: policies.py [unittest options]
"""

import json
import subprocess
import unittest

import numpy
import onnx
import onnx.helper
import onnx.numpy_helper

from cluster import launch_arguments
from support import JOBS, PROGRAM, SOURCE, Case, colony, run_arguments

TRAINED = SOURCE / "configs" / "policy-foraging.onnx"


def network(sizes, transposed=True, softmax=False, weight=None):
    """Fully connected with tanh; Gemm as PyTorch exports it, or MatMul and Add as Keras' exporter does."""
    random = numpy.random.default_rng(5)
    nodes, constants, last = [], [], "x"
    for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        matrix = random.normal(0, 1, (outputs, inputs)).astype(numpy.float32)
        if weight is not None:
            matrix[0, 0] = weight
        constants += [onnx.numpy_helper.from_array(matrix if transposed else matrix.T.copy(), f"w{layer}"),
                      onnx.numpy_helper.from_array(numpy.zeros(outputs, numpy.float32), f"b{layer}")]
        if transposed:
            nodes.append(onnx.helper.make_node("Gemm", [last, f"w{layer}", f"b{layer}"], [f"y{layer}"], transB=1))
        else:
            nodes += [onnx.helper.make_node("MatMul", [last, f"w{layer}"], [f"p{layer}"]),
                      onnx.helper.make_node("Add", [f"p{layer}", f"b{layer}"], [f"y{layer}"])]
        last = f"y{layer}"
        if layer + 2 < len(sizes):
            nodes.append(onnx.helper.make_node("Tanh", [last], [f"t{layer}"]))
            last = f"t{layer}"
    if softmax:
        nodes.append(onnx.helper.make_node("Softmax", [last], ["shares"], axis=-1))
        last = "shares"
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(nodes, "network", [value("x", onnx.TensorProto.FLOAT, ["n", sizes[0]])],
                                   [value(last, onnx.TensorProto.FLOAT, ["n", sizes[-1]])], constants)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)])


class Policies(Case):
    def policy(self, model, name="policy.onnx"):
        path = self.folder / name
        path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return path

    def foraging(self, policy, name="job.toml", more=""):
        return self.job(JOBS["policy-foraging"].replace(str(TRAINED), str(policy)) + more, name)

    def test_the_trained_ants_bring_home_at_least_as_much_as_the_rule_written_by_hand(self):
        done = subprocess.run([SOURCE / "scripts" / "train-policy", "--compare", "--colony", PROGRAM], capture_output=True, text=True,
                              timeout=280)
        print(done.stdout.splitlines()[-1])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_training_writes_a_network_that_runs(self):
        out = self.folder / "small.onnx"
        few = ["--generations", "1", "--pairs", "2", "--ticks", "60"]
        done = subprocess.run([SOURCE / "scripts/train-policy", "--colony", PROGRAM, *few, "--out", out], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("generation 1:", done.stdout)
        self.ok(*run_arguments(self.foraging(out), self.folder / "run"))

    def test_the_same_network_as_different_exporters_write_it(self):
        digests = set()
        for transposed in (True, False):
            policy = self.policy(network((11, 7, 5), transposed), f"{transposed}.onnx")
            job = self.foraging(policy, more='[shards]\ncount = 3\n')
            run = self.folder / f"run-{transposed}"
            result = self.ok(*run_arguments(job, run))
            digests.add((result.json["digest"], json.dumps(result.json["observables"], sort_keys=True)))
        self.assertEqual(len(digests), 1)
        # Probabilities at the end are drawn from as they are: the actions are those of the softmax of the outputs, but for rounding.
        shares = self.foraging(self.policy(network((11, 7, 5), softmax=True), "shares.onnx"), more='[shards]\ncount = 3\n')
        result = self.ok(*run_arguments(shares, self.folder / "run-shares"))
        self.assertEqual(json.dumps(result.json["observables"], sort_keys=True), digests.pop()[1])

    def test_what_is_refused(self):
        whole = network((11, 7, 5)).SerializeToString()
        unsupported = network((11, 7, 5))
        unsupported.graph.node[1].op_type = "Erf"
        unsupported.graph.node[1].name = "gelu/erf"
        apart = self.folder / "apart.onnx"
        onnx.save_model(network((11, 7, 5)), str(apart), save_as_external_data=True, location="apart.onnx.data", size_threshold=0)
        for name, model, words in (
                ("external.onnx", apart.read_bytes(), ["\"w0\"", "another file", "\"apart.onnx.data\"", "external_data=False"]),
                ("text.onnx", b"hello, this is no network", ["no ONNX model"]),
                ("cut.onnx", whole[:len(whole) // 2], ["cut"]),
                ("empty.onnx", b"", ["no ONNX model"]),
                ("erf.onnx", unsupported, ["gelu/erf", "Erf", "Gemm"]),
                ("nan.onnx", network((11, 7, 5), weight=numpy.nan), ["\"w0\"", "nan"]),
                ("infinite.onnx", network((11, 7, 5), weight=numpy.inf), ["\"w0\"", "inf"]),
                ("wide.onnx", network((12, 7, 5)), ["12 observations", "11"]),
                ("few.onnx", network((11, 7, 4)), ["4 outputs", "5 actions"])):
            with self.subTest(name=name):
                job = self.foraging(self.policy(model, name), f"{name}.toml")
                self.refused(3, colony(*run_arguments(job, self.folder / "refused")), name, *words)
        job = self.foraging(self.folder / "absent.onnx", "absent.toml")
        self.refused(2, colony(*run_arguments(job, self.folder / "refused")), "absent.onnx")

    def test_without_a_device(self):
        job = self.foraging(TRAINED)
        digests = {backend: self.ok(*run_arguments(job, self.folder / backend, "--set", f"execution.backend={backend}")).json["digest"]
                   for backend in ("cpu", "auto")}
        self.assertEqual(digests["cpu"], digests["auto"])
        self.assertIn("the policy of ant runs on", (self.folder / "auto" / "log.jsonl").read_text())
        cuda = colony(*run_arguments(job, self.folder / "cuda", "--set", "execution.backend=cuda"))
        if cuda.status == 0:
            self.assertEqual(cuda.json["digest"], digests["cpu"])
        else:
            self.refused(2, cuda, "no CUDA device", "auto")
        life = self.job(JOBS["life"], "life.toml")
        self.refused(2, colony(*run_arguments(life, self.folder / "life", "--set", "execution.backend=cuda")), "life",
                     "nothing that runs on a device")

    def test_kernels_that_a_device_runs(self):
        for model, kernels in (("foraging", "1 of 3"), ("epidemic", "2 of 6")):
            with self.subTest(model):
                job = self.job(JOBS[model], f"{model}.toml")
                results = {}
                for backend in ("cpu", "rehearsal", "auto"):
                    out = self.folder / f"{model}-{backend}"
                    results[backend] = self.ok(*run_arguments(job, out, "--set", f"execution.backend={backend}")).json
                self.assertEqual(len({result["digest"] for result in results.values()}), 1)
                log = (self.folder / f"{model}-rehearsal" / "log.jsonl").read_text()
                self.assertIn(f"{kernels} kernels run on a rehearsal of a device", log)
                out = self.folder / f"{model}-members"
                launched = self.ok(*launch_arguments(2, job, out, "--set", "execution.backend=rehearsal")).json
                self.assertEqual(launched["digest"], results["cpu"]["digest"])
                told = [path.name for path in out.rglob("*.jsonl") if "run on a rehearsal of a device" in path.read_text()]
                self.assertEqual(len(told), 2, told)  # the members, and not who leads them
                self.ok("validate", job, "--set", "execution.backend=cuda")  # as on a login node
                cuda = colony(*run_arguments(job, self.folder / f"{model}-cuda", "--set", "execution.backend=cuda"))
                if cuda.status != 0:
                    self.refused(2, cuda, "no CUDA device", "auto")
                    self.assertIn("everything runs on the CPU", (self.folder / f"{model}-auto" / "log.jsonl").read_text())

    def test_memory_that_grows_without_bound_ends_the_run(self):
        """What is remembered: (h + 1) * 1000, infinite after some ticks."""
        model = network((11, 5))
        value, node = onnx.helper.make_tensor_value_info, onnx.helper.make_node
        for name, number in (("one", 1), ("many", 1000)):
            model.graph.initializer.append(onnx.numpy_helper.from_array(numpy.array([number], numpy.float32), name))
        model.graph.input.append(value("h", onnx.TensorProto.FLOAT, ["n", 2]))
        model.graph.node.extend([node("Add", ["h", "one"], ["more"]), node("Mul", ["more", "many"], ["h'"])])
        model.graph.output.append(value("h'", onnx.TensorProto.FLOAT, ["n", 2]))
        job = self.foraging(self.policy(model))
        self.ok(*run_arguments(job, self.folder / "short", "--ticks", 5))
        self.refused(3, colony(*run_arguments(job, self.folder / "long")), "memory 0", "ant", "not finite")

    def test_a_run_goes_on_with_the_policy_that_it_began_with(self):
        policy = self.policy(network((11, 7, 5)))
        run = self.folder / "run"
        self.ok(*run_arguments(self.foraging(policy), run))
        self.policy(network((11, 8, 5)))
        result = colony(*run_arguments(self.foraging(policy), run, "--resume", "--ticks", 90))
        self.assertEqual(result.status, 4, repr(result))
        self.assertIn("schema", result.err)


if __name__ == "__main__":
    unittest.main()
