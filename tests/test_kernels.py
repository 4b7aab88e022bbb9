"""Warm kernels: fast is worth nothing unless each chapter is alone, every end is told, and nothing is left running."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning.local_provisioner import LocalPortCache

from bscbdata.build import execute
from bscbdata.build.execute import execute_all
from bscbdata.build.kernels import converters, provisioner
from bscbdata.build.plan import Chapter
from bscbdata.figures import drawing
from bscbdata.lab import OPEN_IN_LAB

pytestmark = pytest.mark.usefixtures("one_parent")
warm_only = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
GIVEN = {"year": "2015-16", "area": "Here", "draft": True}


def chapter(folder, name, *cells):
    """A notebook with the parameters of a run and these cells."""
    first = nbformat.v4.new_code_cell("year = area = draft = None", metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[first, *map(nbformat.v4.new_code_cell, cells)])
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return Chapter(name, path)


def run(tmp_path, *chapters):
    """Execute chapters; what each printed or why there is nothing, by name."""
    found = {}
    execute_all(list(chapters), GIVEN, tmp_path, tmp_path, lambda one: found.update({one.chapter: one}))
    return found


def printed(executed):
    assert executed.content, executed
    cells = json.loads(executed.content)["cells"]
    return "".join(
        "".join(o["text"]) for c in cells for o in c.get("outputs", []) if o.get("name") == "stdout"
    )


def test_a_run_that_a_notebook_starts_shows_what_every_other_shows(tmp_path, monkeypatch):
    monkeypatch.setenv(OPEN_IN_LAB, "/project/notebooks/explore.ipynb")
    told = run(tmp_path, chapter(tmp_path, "one", f"import os; print({OPEN_IN_LAB!r} in os.environ)"))
    assert printed(told["one"]) == "False\n"


@warm_only
def test_a_kernel_is_forked_from_the_parent_and_imports_nothing_more(tmp_path):
    provisioner.close()  # the parent of other tests may have more than one that has just begun
    code = (
        "import sys, os; before = set(sys.modules)\n"
        "import pandas as pd, altair as alt, bscbdata as bscb\n"
        "frame = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y'], 'c': pd.to_datetime(['2016-01-31', '2016-02-29'])})\n"
        "frame.groupby('b')['a'].sum(); frame.pivot(index='c', columns='b', values='a').to_string(); frame._repr_html_()\n"
        "alt.Chart(frame).mark_line().encode(x='c:T', y='a:Q', color='b:N').to_dict()\n"
        "print(sorted(n for n in set(sys.modules) - before if n.partition('.')[0] not in sys.stdlib_module_names))\n"
        "print(open(f'/proc/{os.getppid()}/cmdline').read())"
    )
    told = printed(run(tmp_path, chapter(tmp_path, "one", code))["one"])
    imported, parent = told.split("\n", 1)
    assert imported == "[]"
    assert "bscbdata.build.kernels.parent" in parent


OTHER = 200  # a file that the process holds which is copied
COPYING = """
import os, sys, threading, time
from importlib import import_module
from pathlib import Path
import test_kernels
from bscbdata.build.kernels import provisioner

held, folder = sys.argv[1] == "thread", Path(sys.argv[2])
if held:
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
with provisioner.held():
    provisioner.copied_after(lambda: import_module("bscbdata.build.run"))
    code = "import os, sys; assert 'JE_ARROW_MALLOC_CONF' not in os.environ; print(os.getppid(), 'bscbdata.build.run' in sys.modules, os.listdir(f'/proc/{os.getppid()}/fd'))"
    told = test_kernels.run(folder, test_kernels.chapter(folder, "one", code))["one"]
    print(test_kernels.printed(told), provisioner.parent().process.pid, flush=True)
    if sys.argv[1] == "killed":
        os.kill(os.getpid(), 9)
"""


@warm_only
@pytest.mark.parametrize("ending", ["well", "killed", "thread"])
def test_a_parent_that_is_a_copy_has_its_imports_holds_no_other_file_and_ends_with_the_one_copied(
    tmp_path, ending
):
    command = [sys.executable, "-c", COPYING, ending, str(tmp_path)]
    with (tmp_path / "held").open("wb") as other:
        os.dup2(other.fileno(), OTHER)
        ran = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, close_fds=False
        )
        os.close(OTHER)
    assert ran.returncode == (-signal.SIGKILL if ending == "killed" else 0), ran.stderr
    parent, rest = ran.stdout.split(" ", 1)
    copied, files = rest.split(" ", 1)
    assert copied == str(ending != "thread")
    assert files.split()[-1] == parent
    assert ending == "thread" or f"'{OTHER}'" not in files
    _until(lambda: not _is_there(parent), 20)


def _is_there(pid):
    """Whether a process is there that has not ended."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@warm_only
def test_a_port_that_another_program_takes_first_costs_a_second_start_and_no_chapter(tmp_path, monkeypatch):
    free, asked = LocalPortCache.find_available_port, []
    with socket.create_server(("127.0.0.1", 0)) as other:

        def taken_at_first(cache, ip):
            asked.append(free(cache, ip))
            return other.getsockname()[1] if len(asked) == 1 else asked[-1]

        monkeypatch.setattr(LocalPortCache, "find_available_port", taken_at_first)
        found = run(tmp_path, chapter(tmp_path, "one", "print(6 * 7)"))["one"]
    assert printed(found) == "42\n" and len(asked) == 10


def test_nothing_of_one_chapter_reaches_another(tmp_path, monkeypatch):
    monkeypatch.setattr(execute.os, "cpu_count", lambda: 1)  # one after the other, from the same parent
    spoil = (
        "import os, sys, random, threading, time, warnings, pandas as pd, numpy as np, bscbdata.numbers\n"
        "os.environ['LEFT'] = 'behind'; os.environ.pop('PATH'); os.chdir('/'); sys.path.insert(0, '/nowhere')\n"
        "bscbdata.numbers.write = None; pd.DataFrame.sum = None; pd.options.display.max_rows = 1\n"
        "random.seed(1); np.random.seed(1); threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "warnings.simplefilter('ignore'); pd.Series.head = lambda _: 42"
    )
    look = (
        "import os, sys, threading, pandas as pd, numpy as np, bscbdata.numbers\n"
        "print(os.environ.get('LEFT'), 'PATH' in os.environ, os.getcwd(), '/nowhere' in sys.path)\n"
        "assert not {'JE_ARROW_MALLOC_CONF'} & set(os.environ), 'what is the parent\\'s own'\n"
        "print(bscbdata.numbers.write is None, pd.DataFrame.sum is None, pd.options.display.max_rows, len(pd.Series([1]).head()))\n"
        "print(sum(t.name.startswith('Thread-1 (sleep') for t in threading.enumerate()), np.random.random())"
    )
    names = [chapter(tmp_path, "spoil", spoil), *(chapter(tmp_path, f"look{n}", look) for n in (1, 2))]
    found = run(tmp_path, *names)
    one, two = (printed(found[name]).split() for name in ("look1", "look2"))
    assert one[:9] == ["None", "True", str(tmp_path), "False", "False", "False", "60", "1", "0"]
    assert one[9] != two[9], "each kernel has random numbers of its own"


ENDS = {
    "slip": ("1 / 0", "ZeroDivisionError"),
    "leaves": ("import os; os._exit(3)", "died"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died"),
    "waits": ("import time; time.sleep(60)", "timed out"),
}


def test_however_a_chapter_ends_the_others_are_done_and_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "TIMEOUT_SECONDS", 3)
    bad = [chapter(tmp_path, name, code) for name, (code, _) in ENDS.items()]
    found = run(tmp_path, *bad, chapter(tmp_path, "good", "print(year)"))
    for name, (_, told) in ENDS.items():
        assert told.lower() in f"{found[name].problem}".lower(), name
    assert printed(found["good"]) == "2015-16\n"


def test_ordinary_kernels_give_the_same_bytes(tmp_path, monkeypatch):
    code = "import pandas as pd\nprint(year, area, draft)\npd.DataFrame({'a': [1, 2]})"
    warm = run(tmp_path, chapter(tmp_path, "one", code))["one"]
    monkeypatch.setenv("BSCB_KERNELS", "ordinary")
    assert printed(warm) == "2015-16 Here True\n"
    assert run(tmp_path, chapter(tmp_path, "one", code))["one"].content == warm.content


@warm_only
def test_a_kernel_that_is_done_ends_by_itself_and_need_not_be_killed(tmp_path, monkeypatch):
    codes, ended = [], provisioner.WarmKernel._ended
    monkeypatch.setattr(
        provisioner.WarmKernel, "_ended", lambda self, code: (codes.append(code), ended(self, code))
    )
    run(tmp_path, *(chapter(tmp_path, f"shown{n}", "import pandas as pd\npd.Series([1])") for n in range(6)))
    assert codes == [0] * 6


@warm_only
def test_a_kernel_tells_its_own_end_while_the_parent_is_busy(tmp_path, monkeypatch):
    heard, ended = [], provisioner.WarmKernel._ended

    def go_on(said):
        heard.append(said)
        os.kill(provisioner._parent.process.pid, signal.SIGCONT)

    def hear(self, code):
        go_on(code)
        ended(self, code)

    monkeypatch.setattr(provisioner.WarmKernel, "_ended", hear)
    too_late = threading.Timer(30, go_on, ["too late"])
    too_late.start()
    run(tmp_path, chapter(tmp_path, "busy", "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)"))
    too_late.cancel()
    assert heard == [0]


@warm_only
def test_a_parent_that_cannot_start_is_done_without(tmp_path, monkeypatch):
    provisioner.close()
    monkeypatch.setattr(provisioner, "MODULE", "no.such.module")
    assert printed(run(tmp_path, chapter(tmp_path, "one", "print(year)"))["one"]) == "2015-16\n"


@warm_only
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_however_the_run_ends(tmp_path, blow):
    waits = chapter(
        tmp_path, "waits", f"open({str(tmp_path / 'started')!r}, 'w').close()\nimport time; time.sleep(120)"
    )
    script = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background ignores it
        "from pathlib import Path\nfrom bscbdata.build.execute import execute_all\n"
        "from bscbdata.build.plan import Chapter\n"
        f"folder = Path({str(tmp_path)!r})\n"
        f"execute_all([Chapter('waits', folder / 'waits.ipynb')], {GIVEN!r}, folder, folder, print)"
    )
    assert waits.notebook.exists()
    mark = f"BSCB_MARK={tmp_path.name}"
    environment = {**os.environ, "BSCB_MARK": tmp_path.name}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.DEVNULL)
    _until(lambda: (tmp_path / "started").exists(), 60)
    assert len(marked(mark)) >= 4, "the run, the parent, the kernel, the converters"
    process.send_signal(blow)
    process.wait(30)
    _until(lambda: not marked(mark), 10)


def marked(mark):
    """The running processes that were started with a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                mark.encode() in (folder / "environ").read_bytes()
                and "Z" not in (folder / "stat").read_text().split()[2]
            ):
                found.append(folder.name)
        except OSError:
            continue
    return found


def _until(holds, seconds):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


# ---- charts ----------------------------------------------------------------------------------------------------------

SPEC = {
    "data": {"values": [{"a": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}


def test_a_chart_is_the_same_drawn_here_kept_or_by_a_converter(tmp_path, monkeypatch):
    here = drawing.svg(SPEC)
    monkeypatch.setenv("BSCB_KEPT", str(tmp_path))
    assert drawing.svg(SPEC) == here
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-10])  # cut short: it is drawn again
    with converters.running(1) as name:
        monkeypatch.setenv("BSCB_CONVERTER", name)
        assert drawing.svg(SPEC) == here
        with pytest.raises(ValueError, match="mark"):
            drawing.svg({"data": {"values": []}, "encoding": {}})
    (kept,) = tmp_path.iterdir()
    kept.unlink()
    assert drawing.svg(SPEC) == here, "the converters are gone: it is drawn here"
    assert drawing.png(here).startswith(b"\x89PNG")


def test_charts_are_drawn_the_same_whatever_fonts_a_machine_has(tmp_path):
    fonts = Path(drawing.__file__).parents[1] / "publish" / "assets" / "fonts"
    script = (
        "import sys, json; from bscbdata.figures import drawing\n"
        "spec = {'data': {'values': [{'a': 'Wide words'}]}, 'mark': {'type': 'text', 'font': 'Report Sans'},\n"
        "        'encoding': {'text': {'field': 'a'}}, 'config': {'axis': {'labelFont': 'Report Sans'}}}\n"
        "sys.stdout.buffer.write(drawing.png(drawing.svg(spec)))"
    )
    drawn = []
    for folder in (fonts, tmp_path):
        config = tmp_path / f"{folder.name}.conf"
        config.write_text(f"<fontconfig><dir>{folder}</dir></fontconfig>", encoding="utf8")
        machine = {**os.environ, "FONTCONFIG_FILE": str(config)}
        drawn.append(
            subprocess.run(
                [sys.executable, "-c", script], env=machine, capture_output=True, check=True
            ).stdout
        )
    assert drawn[0].startswith(b"\x89PNG")
    assert drawn[0] == drawn[1]


@warm_only
def test_the_engine_of_charts_starts_with_the_first_chart_or_ahead_where_that_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("BSCB_MARK", tmp_path.name)
    here, mark = drawing.svg(SPEC), f"BSCB_MARK={tmp_path.name}"
    with converters.running(1) as name:
        _until(lambda: _listens(name), 20)
        time.sleep(0.5)
        assert len(marked(mark)) == 1, "no chart, no engine"
        assert _drawn_by(name) == here and len(marked(mark)) == 2
    with converters.running(1, "ahead"):
        _until(lambda: len(marked(mark)) == 2, 20)
        assert len(marked(mark)) == 2


@warm_only
def test_converters_that_are_ended_while_they_start_leave_nothing_running(tmp_path, monkeypatch):
    monkeypatch.setenv("BSCB_MARK", tmp_path.name)
    for _ in range(6):
        with converters.running(2):
            pass
    _until(lambda: not marked(f"BSCB_MARK={tmp_path.name}"), 10)
    assert not marked(f"BSCB_MARK={tmp_path.name}") and "BSCB_CONVERTER" not in os.environ


@warm_only
def test_a_held_converter_serves_every_run_and_ends_with_the_block(tmp_path, monkeypatch):
    monkeypatch.setenv("BSCB_MARK", tmp_path.name)
    here = drawing.svg(SPEC)
    with converters.held():
        with converters.running(2) as first:
            pass
        with converters.running(2) as second:
            assert first == second == os.environ["BSCB_CONVERTER"]
            _until(lambda: _drawn_by(second) == here, 20)
    assert "BSCB_CONVERTER" not in os.environ
    _until(lambda: not marked(f"BSCB_MARK={tmp_path.name}"), 10)


def _listens(converter):
    return f"@{converter}\n" in Path("/proc/net/unix").read_text()


def _drawn_by(converter):
    try:
        return drawing.asked(converter, "svg", json.dumps(SPEC, sort_keys=True).encode()).decode()
    except ConnectionError:
        return "it does not listen yet"
