"""One run on two hosts: two network namespaces joined by a veth pair, whose link is cut and mended. The digest of a run in one process.

usage: namespaces.py [unittest options]
Needs root and iproute2. Where CI is set in the environment, nothing here may be skipped.
"""

import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from cluster import harm
from support import PROGRAM, Case, Result, manifests, report, run_arguments, wait_for

QUICK = ["--threads", "1", "--progress", "never", "--json", "--set", "cluster.heartbeat_ms=200", "--set", "cluster.frame_timeout_ms=300",
         "--set", "cluster.replace_wait_ms=500", "--set", "cluster.restarts=50"]


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=20)


class TwoHosts:
    """Namespaces a and b with addresses on one small network, gone at the end."""

    def __enter__(self):
        self.names = [f"colony-{os.getpid()}-{side}" for side in "ab"]
        self.made = []
        try:
            for number, name in enumerate(self.names):
                ip("netns", "add", name)
                self.made.append(name)
            ip("-n", self.names[0], "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", self.names[1])
            for number, (name, device) in enumerate(zip(self.names, ("va", "vb"))):
                ip("-n", name, "addr", "add", f"10.77.0.{number + 1}/24", "dev", device)
                ip("-n", name, "link", "set", "lo", "up")
                ip("-n", name, "link", "set", device, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=20)

    def link(self, state):
        ip("-n", self.names[1], "link", "set", "vb", state)


class Namespaces(Case):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0 or not shutil.which("ip"):
            if not os.environ.get("CI"):
                raise unittest.SkipTest("needs root and ip")
            self.fail("needs root and ip, which scripts/setup installs")

    def launch(self, hosts, processes, config, out, *more):
        file = self.folder / "hosts"
        file.write_text(f"{hosts.names[0]} slots={(processes + 1) // 2}\n{hosts.names[1]} slots={processes // 2}  # the other side\n")
        inside = ["ip", "netns", "exec", hosts.names[0]]
        return [*inside, PROGRAM, "launch", "-n", str(processes), "--hosts", str(file), "--ssh", "ip netns exec", "--listen",
                "tcp://10.77.0.1", "--config", str(config), "--out", str(out), *QUICK, *more]

    def test_two_hosts(self):
        config = self.model_job("epidemic", "[checkpoint]\nevery = 7\n")
        straight = self.folder / "straight"
        self.ok(*run_arguments(config, straight))
        with TwoHosts() as hosts:
            out = self.folder / "two"
            done = subprocess.run(self.launch(hosts, 4, config, out), capture_output=True, text=True, timeout=120)
            self.expect(0, Result(done.returncode, done.stdout, done.stderr))
        self.same_results(straight, out)

    def test_cut_link(self):
        """The hosts lose each other in the middle: the far members are out, the near ones go on, the far ones come back."""
        long = ["--ticks", "5000"]
        config = self.model_job("foraging", "[checkpoint]\nevery = 100\n")
        straight = self.folder / "straight"
        self.ok(*run_arguments(config, straight, *long))
        with TwoHosts() as hosts:
            out = self.folder / "cut"
            child = subprocess.Popen(self.launch(hosts, 3, config, out, *long), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.children.append(child)
            wait_for(lambda: manifests(out) or child.poll() is not None)
            for _ in range(2):
                hosts.link("down")
                time.sleep(1.5)
                hosts.link("up")
                time.sleep(1.0)
            text = child.communicate(timeout=120)
            self.assertEqual(child.returncode, 0, text)
            self.assertIn("epoch 2", text[1])
        self.same_results(straight, out)
        self.assertEqual(report(out)["exit"], "done")

    def test_faults_of_every_kind(self):
        """Ten in a run: members killed, members that hang, the link cut. The run is stopped behind the last, and a little more is done."""
        seed = random.SystemRandom().randrange(1 << 30)
        print(f"random faults of seed {seed}")
        draw = random.Random(seed)
        kinds = ["kill"] * 4 + ["hang"] * 3 + ["cut"] * 3
        draw.shuffle(kinds)
        config = self.model_job("foraging", "[checkpoint]\nevery = 50\n")
        out = self.folder / "harmed"
        with TwoHosts() as hosts:
            launcher = subprocess.Popen(self.launch(hosts, 4, config, out, "--ticks", "1000000", "--set", "cluster.restarts=1000"),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.children.append(launcher)
            wait_for(lambda: manifests(out))
            while kinds:
                self.assertIsNone(launcher.poll(), f"seed {seed}")
                time.sleep(draw.uniform(0.05, 0.6))
                if kinds[-1] == "cut":
                    hosts.link("down")
                    time.sleep(draw.uniform(0.1, 1.5))
                    hosts.link("up")
                    kinds.pop()
                elif harm(launcher, draw, kinds[-1]):
                    kinds.pop()
            launcher.send_signal(signal.SIGTERM)
            text = launcher.communicate(timeout=120)
            self.assertEqual(launcher.returncode, 143, f"seed {seed}: {text}")
        ticks = str(report(out)["tick"] + 50)
        self.ok(*run_arguments(config, out, "--ticks", ticks, "--resume", "--shards", "3"))
        straight = self.folder / "straight"
        self.ok(*run_arguments(config, straight, "--ticks", ticks))
        self.same_results(straight, out)


if __name__ == "__main__":
    unittest.main()
