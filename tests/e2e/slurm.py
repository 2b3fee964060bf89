"""A Slurm of two fake nodes on this machine, for tests: munged, slurmctld and two slurmd, on loopback, each stopped by its own pid."""

import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time

TOOLS = ["munged", "slurmctld", "slurmd", "srun", "sbatch", "sinfo"]

CONFIGURATION = """
ClusterName=colony
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmctldPort={controller}
SlurmdPort={daemon}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SwitchType=switch/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
TmpFS={folder}/tmp-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={node1} CPUs=4 RealMemory=2000 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={node2} CPUs=4 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
"""


def find(tool):
    return shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def missing():
    return [tool for tool in TOOLS if not find(tool)]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Slurm:
    """Use as a context manager; `environment` is what srun and sbatch need to find it."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="colony-slurm-"))
        self.processes = []
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def daemon(self, *command, env=None):
        name = f"{pathlib.Path(command[0]).name}-{len(self.processes)}.out"
        with open(self.folder / name, "w") as log:
            self.processes.append(subprocess.Popen([find(command[0]), *map(str, command[1:])], stdin=subprocess.DEVNULL, stdout=log,
                                                   stderr=log, env={**os.environ, **(env or {})}))

    def start(self):
        f = self.folder
        for name in ("state", "tmp-n1", "tmp-n2"):  # with one /tmp for both, PMIx fails on the second
            (f / name).mkdir()
        key = f / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        controller, daemon, node1, node2 = free_ports(4)
        host = socket.gethostname().split(".")[0]
        (f / "slurm.conf").write_text(CONFIGURATION.format(folder=f, host=host, user="root", controller=controller, daemon=daemon,
                                                           node1=node1, node2=node2))
        self.environment = {"SLURM_CONF": str(f / "slurm.conf")}
        self.daemon("munged", "--foreground", "--force", f"--socket={f}/munge.sock", f"--key-file={key}", f"--pid-file={f}/munged.pid",
                    f"--log-file={f}/munged.log", f"--seed-file={f}/munged.seed")
        self.wait(lambda: (f / "munge.sock").exists(), "munged")
        self.daemon("slurmctld", "-D", "-f", f / "slurm.conf")
        for node in ("n1", "n2"):
            self.daemon("slurmd", "-D", "-N", node, "-f", f / "slurm.conf")
        self.wait(self.both_idle, "two idle nodes")

    def both_idle(self):
        done = self.run("sinfo", "-h", "-N", "-o", "%T")
        return done.stdout.split() == ["idle", "idle"]

    def wait(self, condition, what, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                files = [p for p in sorted(self.folder.iterdir()) if p.suffix in (".log", ".out")]
                logs = "\n".join(f"--- {p.name}\n{p.read_text(errors='replace')[-2000:]}" for p in files)
                raise TimeoutError(f"no {what} after {seconds} s\n{logs}")
            time.sleep(0.05)

    def run(self, *command, timeout=120):
        return subprocess.run([find(command[0]), *map(str, command[1:])], env={**os.environ, **self.environment}, capture_output=True,
                              text=True, errors="replace", timeout=timeout)

    def start_command(self, *command):
        return subprocess.Popen([find(command[0]), *map(str, command[1:])], env={**os.environ, **self.environment}, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors="replace")

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
