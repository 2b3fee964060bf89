"""A run on many processes that is watched and changed while it goes on: the pages of its coordinator and the commands that use them.

usage: cluster_pages.py [unittest options]
Every run is stopped in the end, and has then the digest and the rows of a run in one process up to the same tick.
"""

import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from cluster import launch_arguments, members_of
from support import JOBS, PROGRAM, Case, colony, report, run_arguments, wait_for

PROMTOOL = "promtool"  # Debian: prometheus
ENDLESS = "100000000"
NANOSECONDS = 1_000_000_000


def rendezvous(out):
    return json.loads((out / "cluster.json").read_text())


def ask(out, method, target, headers=None, timeout=20):
    """Status and body."""
    connection = http.client.HTTPConnection(rendezvous(out)["http"].removeprefix("http://"), timeout=timeout)
    try:
        connection.request(method, target, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def proof(secret, nonce, method, target, at):
    text = b""
    for field in (b"colony request", nonce.encode(), method.encode(), target.encode(), str(at).encode()):
        text += len(field).to_bytes(8, "little") + field
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def authorization(secret, nonce, method, target, at):
    return {"Authorization": f"Colony {at} {proof(secret, nonce, method, target, at)}"}


def owners(out):
    """block -> shard"""
    shards = json.loads(ask(out, "GET", "/shards")[1])["shards"]
    return {block: s["shard"] for s in shards for first, last in s["ranges"] for block in range(first, last + 1)}


class Pages(Case):
    def setUp(self):
        super().setUp()
        self.config = self.job(JOBS["foraging"] + "[shards]\nblocks = 96\n")
        self.out = self.folder / "run"

    def begin(self, processes, *more):
        """A run without an end, whose ticks have begun."""
        launcher = self.start(*launch_arguments(processes, self.config, self.out, "--ticks", ENDLESS, *more))
        wait_for(lambda: launcher.poll() is not None or self.is_running(processes), 60)
        self.assertIsNone(launcher.poll(), "the launcher has ended")
        return launcher

    def status(self):
        return json.loads(ask(self.out, "GET", "/status")[1])

    def shards(self):
        return [member["shard"] for member in self.status()["members"]]

    def is_running(self, processes):
        if not (self.out / "cluster.json").exists():
            return False
        status = self.status()
        return status["phase"] == "running" and len(status["members"]) == processes and status["tick"] > 0

    def runs_with(self, shards):
        def condition():
            status = self.status()
            return status["phase"] == "running" and [m["shard"] for m in status["members"]] == shards
        wait_for(condition, 60)

    def goes_on(self):
        tick = self.status()["tick"]
        wait_for(lambda: self.status()["tick"] > tick + 20, 30)

    def finish(self, launcher):
        """Ends the run; what it has come to is what one process comes to."""
        launcher.send_signal(signal.SIGTERM)
        text = launcher.communicate(timeout=60)
        self.assertEqual(launcher.returncode, 143, text)
        straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, straight, "--ticks", report(self.out)["tick"]))
        self.same_results(straight, self.out)
        return text[1]

    # ---- Looking ----

    def test_status(self):
        launcher = self.begin(2, "--set", "checkpoint.every=500")
        wait_for(lambda: self.status()["committed_tick"] is not None)
        status = self.ok("status", self.out, "--json").json
        self.assertEqual((status["job"], status["model"], status["epoch"], status["incarnation"]), ("foraging", "foraging", 1, 1))
        self.assertEqual(status["coordinator"]["pid"], launcher.pid)
        self.assertEqual(sorted(m["pid"] for m in status["members"]), members_of(launcher))
        self.assertEqual(sum(m["blocks"] for m in status["members"]), status["blocks"])
        self.assertEqual(sum(m["nodes"] for m in status["members"]), 1600)
        self.assertEqual(status["committed_tick"] % 500, 0)
        for name in ("ticks_per_second", "round_us_per_tick", "bytes_per_tick"):
            self.assertGreater(status[name], 0, name)
        self.assertGreater(status["coordinator"]["us_per_tick"], 0)
        for member in status["members"]:
            self.assertEqual(member["state"], "running")
            self.assertGreater(member["resident_bytes"], 1 << 20)
        text = self.ok("status", self.out).out
        for word in ("running, epoch 1", "in rounds", "at the coordinator", "checkpoint   tick ", str(status["members"][1]["pid"])):
            self.assertIn(word, text)
        watch = self.start("status", self.out, "--watch", "--json")
        ticks = [json.loads(watch.stdout.readline())["tick"] for _ in range(2)]
        self.assertGreater(ticks[1], ticks[0])
        blocks = [b for s in self.ok("shards", self.out, "--json").json["shards"] for first, last in s["ranges"]
                  for b in range(first, last + 1)]
        self.assertEqual(sorted(blocks), list(range(status["blocks"])))
        self.assertIn("which blocks", self.ok("shards", self.out).out)
        self.finish(launcher)
        last = watch.communicate(timeout=30)
        self.assertEqual(watch.returncode, 0, last)
        self.assertIn('"phase":"absent"', last[0].splitlines()[-1])

    def test_barrier(self):
        launcher = self.begin(2, "--set", "cluster.barrier=phase")
        wait_for(lambda: "at barrier" in [member["state"] for member in self.status()["members"]], 60)
        self.goes_on()
        self.finish(launcher)

    def test_no_coordinator(self):
        launcher = self.begin(2)
        self.finish(launcher)
        tick = report(self.out)["tick"]
        result = self.expect(5, colony("status", self.out))
        self.assertIn("no coordinator answers", result.err)
        for word in ("interrupted", str(tick), report(self.out)["digest"]):
            self.assertIn(word, result.out)
        self.assertEqual(self.expect(5, colony("status", self.out, "--json")).json["committed_tick"], tick)
        for command in (["shards", self.out], ["drain", self.out, "0"], ["migrate", self.out, "0", "--to", "1"], ["join", self.out]):
            self.refused(5, colony(*command), "no coordinator answers", "not going on")
        self.refused(4, colony("status", self.folder / "nowhere"), "no such run folder")
        alone = self.folder / "alone"
        child = self.start(*run_arguments(self.config, alone, "--ticks", ENDLESS))
        wait_for(lambda: (alone / "run.json").exists())
        self.assertIn(f"running, process {child.pid}", self.ok("status", alone).out)  # it has no coordinator, and needs none
        self.refused(5, colony("shards", alone), "runs it alone")
        child.terminate()
        child.communicate(timeout=60)

    def test_metrics(self):
        launcher = self.begin(2)
        pages = []

        def metrics():
            status, text = ask(self.out, "GET", "/metrics")
            self.assertEqual(status, 200)
            pages.append(text)
            values, described = {}, {}
            for line in text.splitlines():
                if line.startswith("# "):
                    _, kind, name, rest = line.split(" ", 3)
                    described.setdefault(name, {})[kind] = rest
                    continue
                match = re.fullmatch(r'([a-z_]+)(\{(?:[a-z]+="[^"]*",?)*\})? (\S+)', line)
                self.assertTrue(match, line)
                self.assertEqual(set(described[match[1]]), {"HELP", "TYPE"}, line)
                self.assertIn(described[match[1]]["TYPE"], ("gauge", "counter"))
                values[match[1] + (match[2] or "")] = float(match[3])
            return values

        before = metrics()
        self.goes_on()
        after = metrics()
        for name in ("tick", "bytes_sent_total", "round_seconds_total"):
            self.assertGreater(after["colony_" + name], before["colony_" + name])
        self.assertEqual(after["colony_members"], 2)
        self.assertEqual(after["colony_epoch"], 1)
        host = rendezvous(self.out)["host"]
        agents = [after[f'colony_member_agents{{shard="{shard}",host="{host}"}}'] for shard in (0, 1)]
        self.assertGreater(min(agents), 0)
        for name in ("cpu_seconds_total", "resident_bytes"):
            self.assertIn(f'colony_member_{name}{{shard="0",host="{host}"}}', after)
        for name in ("ticks_per_second", "coordinator_seconds_per_tick"):
            self.assertGreater(after["colony_" + name], 0)
        self.assertIn('colony_info{name="foraging",model="foraging"}', after)
        # Ants walk from shard to shard and are neither born nor die: a sum over two ticks shows.
        shares = set()
        for _ in range(200):
            now = metrics()
            of_members = [value for name, value in now.items() if name.startswith("colony_member_agents")]
            self.assertEqual((now["colony_agents"], sum(of_members)), (150, 150))
            shares.add(tuple(of_members))
        self.assertGreater(len(shares), 3, "no ant has crossed")
        self.finish(launcher)
        for page in (pages[0], pages[-1]):
            self.check_metrics(page)

    def check_metrics(self, page):
        """By Prometheus' own rules; it says on standard error what it would have otherwise."""
        told = subprocess.run([PROMTOOL, "check", "metrics"], input=page, capture_output=True, text=True)
        self.assertEqual((told.returncode, told.stdout, told.stderr), (0, "", ""))
        # Labels that Prometheus sets itself: one of ours would be renamed exported_job.
        self.assertEqual(re.findall(r'[{,](job|instance|le|quantile|__[a-z_]*)="', page), [])

    def test_health(self):
        launcher = self.begin(2, "--set", "cluster.restarts=0", "--set", "cluster.replace_wait_ms=2000")
        self.assertEqual(ask(self.out, "GET", "/health"), (200, "ok\n"))
        os.kill(members_of(launcher)[0], signal.SIGKILL)
        wait_for(lambda: ask(self.out, "GET", "/health") == (503, "gathering\n"))
        wait_for(lambda: ask(self.out, "GET", "/health") == (200, "ok\n"))
        self.assertEqual(len(self.shards()), 1)
        self.finish(launcher)

    def test_logs(self):
        launcher = self.begin(2)
        follow = self.start("logs", self.out, "--follow")
        self.assertRegex(self.ok("logs", self.out, "--shard", "1").out, r"info +joined +process \d+ has shard 1 .*\n.*epoch 1 begins")
        self.refused(4, colony("logs", self.out, "--shard", "9"), "there is no such log", "log-shard-0001.jsonl")
        os.kill(next(m["pid"] for m in self.status()["members"] if m["shard"] == 1), signal.SIGUSR1)
        self.runs_with([0])
        self.assertIn("asks this member to leave", self.ok("logs", self.out, "--shard", "1").out)
        self.finish(launcher)
        text = follow.communicate(timeout=30)[0]
        self.assertEqual(follow.returncode, 0)
        self.assertRegex(text, r"warning|info +left +member 1")
        self.assertRegex(text.splitlines()[-1], r"finish .*exit_status=143")
        for line in (self.out / "log-shard-0001.jsonl").read_text().splitlines():
            self.assertIn("event", json.loads(line))
        # The files that a cluster leaves go with the run, and are not a run by themselves.
        self.assertTrue((self.out / "cluster.secret").exists())
        self.ok(*run_arguments(self.config, self.out, "--force"))
        left = {path.name for path in self.out.iterdir()}
        self.assertFalse({name for name in left if name.startswith(("cluster.", "log-shard-"))}, left)

    # ---- Changing ----

    def test_drain_and_leave(self):
        launcher = self.begin(3)
        self.assertIn("shard 1 leaves", self.ok("drain", self.out, "1").out)
        self.runs_with([0, 2])
        os.kill(next(m["pid"] for m in self.status()["members"] if m["shard"] == 2), signal.SIGUSR1)
        self.runs_with([0])
        self.goes_on()
        self.assertEqual(len(members_of(launcher)), 1, "who left in order is not started again")
        self.refused(5, colony("drain", self.out, "0"), "no other member would be left")
        self.refused(2, colony("drain", self.out, "1"), "there is no shard 1; there are 0")
        err = self.finish(launcher)
        self.assertNotIn("started again", err)

    def test_migrate_under_load(self):
        launcher = self.begin(3)
        before = owners(self.out)
        moves = {}
        for source in (0, 1, 2):
            block = next(b for b, shard in before.items() if shard == source)
            moves[block] = (source + 1) % 3
        for block, shard in moves.items():
            self.assertIn(f"block {block} goes to shard {shard}", self.ok("migrate", self.out, block, "--to", shard).out)
        wait_for(lambda: all(owners(self.out)[block] == shard for block, shard in moves.items()), 60)
        self.goes_on()
        self.assertGreater(self.status()["epoch"], 1)
        self.refused(2, colony("migrate", self.out, "96", "--to", "0"), "there is no block 96")
        self.refused(2, colony("migrate", self.out, "0", "--to", "7"), "there is no shard 7")
        self.finish(launcher)

    def test_join(self):
        launcher = self.begin(2)
        before = owners(self.out)
        joiner = self.start("join", self.out, "--threads", "1")
        self.runs_with([0, 1, 2])
        self.goes_on()
        self.assertEqual(next(m["pid"] for m in self.status()["members"] if m["shard"] == 2), joiner.pid)
        after = owners(self.out)
        self.assertEqual(set(after), set(before))
        moved = [block for block in before if after[block] != before[block]]
        share = len(before) / 3
        self.assertTrue(0.5 * share <= len(moved) <= 1.6 * share, f"{len(moved)} of {len(before)} blocks moved")
        said = f"{len(moved)} of {len(before)} blocks have moved"
        # One that would place blocks otherwise is refused, and harms no member.
        stranger = colony("member", "--config", self.config, "--places", "2", "--out", self.out, "--ticks", ENDLESS, "--set",
                          "shards.blocks=7")
        self.expect(2, stranger)
        self.assertIn("its job", stranger.err)
        joiner.send_signal(signal.SIGINT)
        text = joiner.communicate(timeout=60)
        self.assertEqual(joiner.returncode, 0, text)
        self.runs_with([0, 1])
        again = self.start("join", self.out, "--threads", "1")
        self.runs_with([0, 1, 2])
        self.finish(launcher)
        self.assertIn(again.wait(timeout=60), (0, 143))
        self.assertIn(said, (self.out / "log.jsonl").read_text())

    # ---- Strangers ----

    def test_authorization(self):
        launcher = self.begin(2)
        secret = (self.out / "cluster.secret").read_bytes()
        nonce = rendezvous(self.out)["nonce"]
        target, now = "/drain?shard=1", time.time_ns()
        good = authorization(secret, nonce, "POST", target, now)["Authorization"]
        refused = {
            "none": {},
            "another scheme": {"Authorization": "Basic YTpi"},
            "no proof": {"Authorization": f"Colony {now}"},
            "empty proof": {"Authorization": f"Colony {now} "},
            "no time": {"Authorization": "Colony " + good.split()[2]},
            "rubbish": {"Authorization": "Colony \xff\xfe 99"},
            "another run": authorization(secret, "0" * 32, "POST", target, now),
            "another secret": authorization(b"0" * 64, nonce, "POST", target, now),
            "no secret": authorization(b"", nonce, "POST", target, now),
            "another target": authorization(secret, nonce, "POST", "/drain?shard=0", now),
            "another method": authorization(secret, nonce, "GET", target, now),
            "another time": {"Authorization": f"Colony {now + 1} {good.split()[2]}"},
            "a part": {"Authorization": good[:-1]},
            "more": {"Authorization": good + "0"},
            "too old": authorization(secret, nonce, "POST", target, now - 61 * NANOSECONDS),
            "ahead": authorization(secret, nonce, "POST", target, now + 61 * NANOSECONDS),
        }
        for name, headers in refused.items():
            with self.subTest(name):
                self.assertEqual(ask(self.out, "POST", target, headers)[0], 403)
        self.assertEqual(ask(self.out, "POST", target, {"Authorization": "Colony \x01 99"})[0], 400)
        self.assertEqual(ask(self.out, "GET", target)[0], 405)
        self.assertEqual(ask(self.out, "POST", "/nothing")[0], 404)
        # A good one works once.
        block = next(b for b, shard in owners(self.out).items() if shard == 0)
        move = f"/migrate?block={block}&shard=1"
        headers = authorization(secret, nonce, "POST", move, time.time_ns())
        self.assertEqual(ask(self.out, "POST", move, headers)[0], 202)
        self.assertEqual(ask(self.out, "POST", move, headers)[0], 403)
        for bad in ("/drain", "/drain?shard=", "/drain?shard=-1", "/drain?shard=1&shard=1", "/drain?shard=99999999999",
                    "/drain?shard=1&x=2"):
            self.assertEqual(ask(self.out, "POST", bad, authorization(secret, nonce, "POST", bad, time.time_ns()))[0], 400, bad)
        wait_for(lambda: owners(self.out).get(block) == 1, 60)
        self.assertEqual(self.shards(), [0, 1])
        self.finish(launcher)

    def test_flood(self):
        launcher = self.begin(2)
        address = rendezvous(self.out)["http"].removeprefix("http://").split(":")
        descriptors = lambda: len(list(pathlib.Path(f"/proc/{launcher.pid}/fd").iterdir()))
        calm = descriptors()
        begun = time.monotonic()
        silent = []
        for number in range(300):
            connection = socket.create_connection((address[0], int(address[1])), timeout=20)
            if number % 3 == 1:
                connection.sendall(b"GET /status HT")
            if number % 3 == 2:
                connection.sendall(bytes(range(256)) * 4)
            silent.append(connection)
        self.assertLessEqual(descriptors(), calm + 34)
        self.goes_on()
        self.assertEqual(ask(self.out, "GET", "/health")[0], 200)
        for connection in silent:  # all are closed, the patient ones after five seconds
            try:
                while connection.recv(4096):
                    pass
            except ConnectionError:
                pass
            connection.close()
        self.assertLess(time.monotonic() - begun, 15)
        self.assertLessEqual(descriptors(), calm + 2)
        long = http.client.HTTPConnection(*address, timeout=20)
        long.request("GET", "/health", headers={"X-Long": "x" * 20000})
        try:
            self.assertEqual(long.getresponse().status, 413)
        except ConnectionError:  # closed before all of it was sent
            pass
        long.close()
        self.assertEqual(ask(self.out, "GET", "/health")[0], 200)
        self.finish(launcher)

    # ---- Where they are served ----

    def test_address(self):
        launcher = self.begin(1)
        self.assertRegex(rendezvous(self.out)["http"], r"^http://127\.0\.0\.1:\d+$")
        port = rendezvous(self.out)["http"].rsplit(":", 1)[1]
        taken = self.folder / "taken"
        result = colony(*launch_arguments(1, self.config, taken, "--set", f"cluster.http=tcp://127.0.0.1:{port}"))
        self.refused(5, result, f"127.0.0.1:{port}", "[cluster] http")
        self.finish(launcher)
        self.ok(*launch_arguments(1, self.config, taken, "--set", f"cluster.http=tcp://127.0.0.1:{port}"))
        self.assertEqual(rendezvous(taken)["http"], f"http://127.0.0.1:{port}")
        elsewhere = launch_arguments(1, self.config, self.folder / "bad", "--set", 'cluster.http="elsewhere"')
        self.refused(2, colony(*elsewhere), "tcp://ADDRESS:PORT")
        off = self.folder / "off"
        child = self.start(*launch_arguments(1, self.config, off, "--ticks", ENDLESS, "--set", "cluster.http=off"))
        wait_for(lambda: (off / "run.json").exists())
        self.assertIn("its pages are off", self.expect(5, colony("status", off)).err)
        child.terminate()
        child.communicate(timeout=60)
        self.assertEqual(child.returncode, 143)

    def test_help(self):
        for command in ("status", "shards", "logs", "drain", "migrate", "join"):
            done = subprocess.run([PROGRAM, command, "--help"], capture_output=True, text=True, check=True)
            self.assertIn("Examples:", done.stdout)


if __name__ == "__main__":
    unittest.main()
