"""Placeholder until the runner lands."""
from __future__ import annotations
import tempfile
from pathlib import Path
from tools.kubectl.command import build_argv
from tools.output import Output
from tools.process import Program, start
class Runner:
    def __init__(self, kubectl, access, ladder, scope, folder, *, promtool=None, prometheus_url=None, redactor=None):
        self.__dict__.update(locals())
        self.home = Path(folder)/"home"; self.home.mkdir(exist_ok=True)
    def execute(self, move, timeout, cancel=None):
        v = self.ladder.recheck(move, self.scope)
        assert v.decision == "allow", v
        return self._run(build_argv(move), timeout, cancel)
    def _run(self, argv, timeout, cancel=None):
        env={"PATH":"/nonexistent","HOME":str(self.home),"KUBECONFIG":str(self.access.kubeconfig),"KUBERC":"off","KUBECTL_KUBERC":"false","LANG":"C.UTF-8","NO_COLOR":"1"}
        out=start(Program.kubectl,[str(self.kubectl),*argv],env=env,cwd=self.home,timeout=timeout,cap_bytes=32<<20,cancel=cancel)
        return out.model_copy(update={"stdout":self.redactor.text(out.stdout),"stderr":self.redactor.text(out.stderr)})
    def help(self, path):
        return self._run([*path,"--help"],10).stdout
