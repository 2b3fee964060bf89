"""One run on many processes, which die, hang and are replaced: the digest and the rows of a run in one process.

usage: cluster.py [unittest options]
"""

import json
import os
import pathlib
import random
import signal
import socket
import time
import unittest

from support import JOBS, Case, colony, killed, manifests, report, run_arguments, wait_for

# What a member meets while it runs, and how often before it dies there.
POINTS = [("after-round-1", 5), ("in-snapshot", 2), ("before-rename", 2)]
QUICK = ["--set", "cluster.heartbeat_ms=200", "--set", "cluster.frame_timeout_ms=300", "--set", "cluster.replace_wait_ms=5000"]


def launch_arguments(processes, job, out, *more):
    return ["launch", "-n", processes, "--config", job, "--out", out, "--progress", "never", "--json", "--threads", "1", *QUICK, *more]


def members_of(launcher):
    """Pids of the processes that a launcher started."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            if int(stat.rsplit(")", 1)[1].split()[1]) == launcher.pid:
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return sorted(found)


def received(stranger):
    """What comes next; nothing when the other end is gone, in any way."""
    try:
        return stranger.recv(4096)
    except ConnectionError:
        return b""


def harm(launcher, draw, kind):
    """Kills a random member (kind "kill"), or makes it hang for a moment ("hang"). False when there is none just now."""
    members = members_of(launcher)
    if not members:
        return False
    victim = draw.choice(members)
    try:
        if kind == "kill":
            os.kill(victim, signal.SIGKILL)
        else:
            os.kill(victim, signal.SIGSTOP)
            time.sleep(draw.uniform(0.1, 1.5))
            os.kill(victim, signal.SIGCONT)
    except ProcessLookupError:
        return False
    return True


class Cluster(Case):
    def straight(self, model, *more):
        config = self.model_job(model, "[checkpoint]\nevery = 7\n")
        out = self.folder / f"straight-{model}"
        self.ok(*run_arguments(config, out, *more))
        return config, out

    def launched(self, processes, config, out, *more, env=None):
        return colony(*launch_arguments(processes, config, out, *more), env=env)

    def test_any_number_of_processes(self):
        for model in JOBS:
            config, straight = self.straight(model)
            for processes, listen in [(1, "ipc"), *((n, where) for n in (2, 3, 5) for where in ("ipc", "tcp://127.0.0.1"))]:
                with self.subTest(model=model, processes=processes, listen=listen):
                    out = self.folder / f"{model}-{processes}-{listen[:3]}"
                    backend = "rehearsal" if processes == 3 else "cpu"
                    self.expect(0, self.launched(processes, config, out, "--listen", listen, "--set", f"execution.backend={backend}"))
                    self.same_results(straight, out)
            self.assertTrue(manifests(self.folder / f"{model}-2-ipc"))

    def test_phase_by_phase(self):
        for model in JOBS:
            with self.subTest(model):
                config, straight = self.straight(model)
                out = self.folder / f"{model}-phases"
                self.expect(0, self.launched(3, config, out, "--set", "cluster.barrier=phase"))
                self.same_results(straight, out)

    def test_tls(self):
        """The same digest inside TLS, also when members die or join; a client without it hears nothing plain and harms no member."""
        long = ["--ticks", "2000"]
        config, straight = self.straight("foraging", *long)
        out = self.folder / "encrypted"
        launcher = self.start(*launch_arguments(3, config, out, *long, "--set", "cluster.tls=true", "--set", "checkpoint.every=200",
                                                "--listen", "tcp://127.0.0.1"))
        wait_for(lambda: manifests(out))
        rendezvous = json.loads((out / "cluster.json").read_text())
        self.assertEqual(rendezvous["tls"], "yes")
        self.assertEqual((out / "cluster.pem").stat().st_mode & 0o777, 0o600)
        port = int(rendezvous["url"].rsplit(":", 1)[1])
        hello = b"colony auth\x01h" + bytes(32) + b"control"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
            stranger.sendall(len(hello).to_bytes(4, "little") + hello)
            heard = b"".join(iter(lambda: received(stranger), b""))
        self.assertNotIn(b"colony", heard)
        with socket.create_connection(("127.0.0.1", port), timeout=10):
            self.ok("status", out)
            self.assertIsNone(launcher.poll())
            os.kill(members_of(launcher)[1], signal.SIGKILL)
            self.ok("join", out, "--threads", "1")
        text = launcher.communicate(timeout=120)
        self.assertEqual(launcher.returncode, 0, text)
        self.assertIn("was killed by signal 9", text[1])
        self.same_results(straight, out)

    def test_another_number_goes_on(self):
        """Begun in one process, gone on with on three, then on two, then in one."""
        config, straight = self.straight("foraging")
        out = self.folder / "moved"
        self.ok(*run_arguments(config, out, "--ticks", "15"))
        self.expect(0, self.launched(3, config, out, "--ticks", "30", "--resume"))
        self.expect(0, self.launched(2, config, out, "--ticks", "45", "--resume"))
        self.ok(*run_arguments(config, out, "--shards", "4", "--resume"))
        self.same_results(straight, out)

    def test_member_dies_at_each_fail_point(self):
        config, straight = self.straight("epidemic")
        for number, (point, times) in enumerate(POINTS):
            with self.subTest(point=point):
                out = self.folder / f"killed-{number}"
                result = self.launched(3, config, out, env={"COLONY_MEMBER_FAIL_POINT": f"{number % 3}:{point}:{times}"})
                self.expect(0, result)
                self.assertIn("was killed by signal 9", result.err)
                self.same_results(straight, out)

    def test_models_with_much_to_carry(self):
        """Graphs that grow and ants with long memories: a member dies in a tick, another is killed, one leaves."""
        for model, ticks in (("knowledge", "3000"), ("tours", "4000")):
            with self.subTest(model):
                config, straight = self.straight(model, "--ticks", ticks)
                out = self.folder / f"carried-{model}"
                launcher = self.start(*launch_arguments(3, config, out, "--ticks", ticks, "--set", "checkpoint.every=50"),
                                      env={"COLONY_MEMBER_FAIL_POINT": "1:after-round-1:120"})
                wait_for(lambda: len(manifests(out)) >= 2)
                os.kill(members_of(launcher)[0], signal.SIGKILL)
                # As long as the dead members' replacements have not joined, no member may leave.
                drained = None
                for _ in range(100):
                    drained = colony("drain", out, "2")
                    if drained.status == 0 or launcher.poll() is not None:
                        break
                    time.sleep(0.05)
                text = launcher.communicate(timeout=120)
                self.assertEqual((launcher.returncode, drained.status), (0, 0), (text, drained))
                self.assertGreaterEqual(text[1].count("was killed by signal 9"), 2, text)
                self.same_results(straight, out)

    def test_member_dies_in_recovery(self):
        config, straight = self.straight("epidemic")
        out = self.folder / "recovered"
        self.expect(0, self.launched(2, config, out, "--ticks", "30"))
        result = self.launched(3, config, out, "--resume", env={"COLONY_MEMBER_FAIL_POINT": "1:in-recovery:1"})
        self.expect(0, result)
        self.assertIn("was killed by signal 9", result.err)
        self.same_results(straight, out)

    def test_member_dies_in_migration(self):
        """One hands its blocks over, another dies while it takes some."""
        long = ["--ticks", "3000"]
        config, straight = self.straight("foraging", *long)
        out = self.folder / "migrated"
        launcher = self.start(*launch_arguments(3, config, out, *long, "--set", "checkpoint.every=100"),
                              env={"COLONY_MEMBER_FAIL_POINT": "1:in-migration:1"})
        wait_for(lambda: manifests(out))
        self.ok("drain", out, "2")
        text = launcher.communicate(timeout=120)
        self.assertEqual(launcher.returncode, 0, text)
        self.assertIn("member 2", text[1])
        self.assertIn("was killed by signal 9", text[1])
        self.same_results(straight, out)

    def test_coordinator_dies_before_the_first_tick(self):
        config, straight = self.straight("foraging")
        out = self.folder / "hardly-begun"
        self.assertTrue(killed(self.launched(3, config, out, env={"COLONY_FAIL_POINT": "rows-open"})))
        self.assertTrue((out / "observables.csv").exists())
        self.expect(0, self.launched(2, config, out, "--resume"))
        self.same_results(straight, out)

    def test_coordinator_dies_before_the_manifest(self):
        config, straight = self.straight("foraging")
        out = self.folder / "unfinished"
        self.assertTrue(killed(self.launched(3, config, out, env={"COLONY_FAIL_POINT": "before-manifest:3"})))
        self.assertEqual(len(manifests(out)), 2)
        self.expect(0, self.launched(2, config, out, "--resume"))
        self.same_results(straight, out)

    def test_kill_and_hang_at_random(self):
        """Ten times a process is killed or hangs, whenever that may be; the run is stopped behind the last, and a little more is done."""
        seed = random.SystemRandom().randrange(1 << 30)
        print(f"random faults of seed {seed}")
        draw = random.Random(seed)
        config = self.model_job("foraging", "[checkpoint]\nevery = 7\n")
        out = self.folder / "random"
        launcher = self.start(*launch_arguments(3, config, out, "--ticks", "1000000", "--set", "cluster.restarts=100",
                                                "--set", "checkpoint.every=50"))
        try:
            wait_for(lambda: manifests(out))
            faults = 0
            while faults < 10:
                self.assertIsNone(launcher.poll())
                time.sleep(draw.uniform(0.05, 0.6))
                faults += harm(launcher, draw, "kill" if draw.random() < 0.6 else "hang")
            launcher.send_signal(signal.SIGTERM)
            text = launcher.communicate(timeout=120)
            self.assertEqual(launcher.returncode, 143, text)
            ticks = str(report(out)["tick"] + 50)
            self.expect(0, self.launched(2, config, out, "--ticks", ticks, "--resume"))
            straight = self.folder / "straight"
            self.ok(*run_arguments(config, straight, "--ticks", ticks))
            self.same_results(straight, out)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error

    def test_stop_and_resume(self):
        long = ["--ticks", "4000"]
        config, straight = self.straight("foraging", *long)
        out = self.folder / "stopped"
        launcher = self.start(*launch_arguments(2, config, out, *long))
        wait_for(lambda: manifests(out))
        launcher.send_signal(signal.SIGTERM)
        text = launcher.communicate(timeout=60)
        self.assertEqual(launcher.returncode, 143, text)
        self.assertIn("launch -n 2", text[1])
        self.assertEqual(members_of(launcher), [])
        self.expect(0, self.launched(3, config, out, *long, "--resume"))
        self.same_results(straight, out)

    def test_stop_before_it_began(self):
        """The members are on a host that does not answer."""
        config = self.model_job("foraging")
        (self.folder / "hosts").write_text("nowhere slots=2\n")
        ssh = self.folder / "ssh"
        ssh.write_text("#!/bin/sh\nexec sleep 60\n")
        ssh.chmod(0o755)
        out = self.folder / "waiting"
        launcher = self.start(*launch_arguments(2, config, out, "--hosts", self.folder / "hosts", "--ssh", ssh,
                                                "--listen", "tcp://127.0.0.1"))
        wait_for(lambda: len(members_of(launcher)) == 2)
        launcher.send_signal(signal.SIGTERM)
        text = launcher.communicate(timeout=60)
        self.assertEqual(launcher.returncode, 143, text)
        self.assertIn("interrupted at tick 0", text[1])
        self.assertEqual(report(out)["exit_status"], 143)

    def test_launcher_dies(self):
        """The members end by themselves, and what was committed is gone on with."""
        long = ["--ticks", "4000"]
        config, straight = self.straight("foraging", *long)
        out = self.folder / "headless"
        launcher = self.start(*launch_arguments(2, config, out, *long))
        wait_for(lambda: manifests(out))
        members = members_of(launcher)
        launcher.kill()
        launcher.communicate()
        wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in members), 20)
        self.expect(0, self.launched(2, config, out, *long, "--resume"))
        self.same_results(straight, out)

    def test_bad_input_ends_the_run(self):
        config = self.job(JOBS["epidemic"].replace('source = "generate"\nkind = "erdos-renyi"\nnodes = 1500\nmean_degree = 6',
                                                   'source = "edges"\npath = "edges.txt"'))
        (self.folder / "edges.txt").write_text("1 2\n2 x\n")
        result = self.launched(2, config, self.folder / "bad")
        self.expect(3, result)
        self.assertIn("edges.txt:2", result.err)
        self.assertEqual(manifests(self.folder / "bad"), [])


if __name__ == "__main__":
    unittest.main()
