"""One container's way: image, configuration, start, life, end, and what follows.

Timings are those of the recordings (1.36): a failed configuration is tried again about every 12 s,
a pull after 10, 20, 40 ... 300 s, and a crashed container likewise, except that the first crash is
followed by a restart at once.
"""

from __future__ import annotations

from sandbox.simulator.clock import seconds
from sandbox.simulator.durations import go
from sandbox.simulator.kubelet import (
    config,
    dependencies,
    disks,
    hooks,
    images,
    probes,
    programs,
    pulls,
)
from sandbox.simulator.kubelet.place import NOTICE, RETRY, Place, back_off
from sandbox.simulator.kubelet.profiles import profile, refused_user
from sandbox.simulator.kubelet.records import ContainerRecord, Run
from sandbox.simulator.naming import digest

CALM = 600
"""A run of this many seconds makes earlier crashes forgotten."""


def step(place: Place, record: ContainerRecord) -> None:
    """Do what is due for the container now, and set when to look again."""
    now = place.engine.now
    while record.due is not None and record.due <= now:
        record.due = None
        if record.phase == "running" and record.run is not None:
            _live(place, record, record.run)
        elif record.phase == "ended":
            _after_end(place, record)
        else:
            _try_start(place, record)


def _try_start(place: Place, record: ContainerRecord) -> None:
    """From waiting to running, as far as image and configuration allow."""
    engine, image = place.engine, place.spec["image"]
    if not pulls.ensure(place, record):
        return
    app = profile(engine, place.spec)
    try:
        refused = refused_user(app, place.pod, place.spec)
        if refused is not None:
            raise config.ConfigError(refused)
        env = config.environment(engine, place.pod, place.spec)
    except config.ConfigError as error:
        place.say("Warning", "Failed", f"Error: {error}")
        record.reason, record.message = "CreateContainerConfigError", str(error)
        record.due = engine.now + place.later(RETRY, "config", spread=0.05)
        return
    number = record.restarts if record.run is None else record.restarts + 1
    id_ = digest(engine.seed, place.pod["metadata"]["uid"], record.name, number)
    place.say("Normal", "Created", "Container created")
    record.previous, record.restarts = record.run, number
    record.image_id = "sha256:" + digest("image", images.canonical(image))
    wrong = programs.missing_binary(app, place.spec)
    if wrong is not None:
        _cannot_run(place, record, id_, wrong)
        return
    place.say("Normal", "Started", "Container started")
    files = config.files(engine, place.pod, place.spec)
    around = programs.Surroundings(env, files, number)
    record.run = programs.start(engine, place.pod, place.spec, around, id_)
    record.phase, record.reason, record.message = "running", "", ""
    if hooks.post_start(place, record, record.run):
        _hook_failed(place, record, record.run)
        return
    probes.begin(place.spec, record, engine.now)
    record.due = engine.now
    _live(place, record, record.run)


def _cannot_run(place: Place, record: ContainerRecord, id_: str, message: str) -> None:
    """The runtime refused to start the process."""
    engine = place.engine
    record.run = Run(
        id=id_,
        started=engine.now,
        exit_code=128,
        reason="StartError",
        message=message,
        finished=engine.now,
        never_started=True,
    )
    place.say("Warning", "Failed", f"Error: {message}")
    record.phase, record.reason, record.message = "waiting", "RunContainerError", message
    record.ready = False
    record.crashes += 1
    pause = _pause(record.crashes)
    if pause:
        _say_back_off(place)
        record.until = engine.now + seconds(pause)
    record.due = engine.now + place.later(pause or NOTICE, "run", record.crashes, spread=0.3)


def _live(place: Place, record: ContainerRecord, run: Run) -> None:
    """A running process: its own end, a kill, what it waits for, its probes."""
    engine = place.engine
    age = (engine.now - run.started).total_seconds()
    if record.killing is not None and engine.now >= record.killing:
        _killed(place, record, run)
        return
    disks.review(engine, place.pod, place.spec, run)
    if run.fails is not None and age >= run.fails.at:
        disks.fail(run)
    if run.ends is not None and age >= run.ends + NOTICE:
        _ended(place, record, run)
        return
    waiting = run.waits_for is not None
    if waiting and not programs.still_missing(engine, place.pod, place.spec, run):
        programs.resume(engine, place.pod, place.spec, run, init=place.init)
        record.due = engine.now + seconds(NOTICE)
        return
    if dependencies.review(engine, place.pod, place.spec, run):
        probes.hurry(place, record)
    if record.killing is None and probes.ask(place, record, run):
        _kill(place, record, run)
    moments = [record.killing, disks.next_failure(run)]
    moments.append(dependencies.next_change(engine, place.pod, place.spec, run))
    if run.ends is not None:
        moments.append(run.started + seconds(run.ends + NOTICE))
    if record.killing is None:
        moments += [probe.next_at for probe in record.probes.values()]
    record.due = min((moment for moment in moments if moment is not None), default=None)


def _kill(place: Place, record: ContainerRecord, run: Run) -> None:
    """SIGTERM now, SIGKILL after the grace period."""
    probe = "liveness" if record.passed_startup else "startup"
    text = f"Container {record.name} failed {probe} probe, will be restarted"
    place.say("Normal", "Killing", text)
    if run.on_term is None:
        grace = place.pod["spec"].get("terminationGracePeriodSeconds", 30)
        run.exit_code, run.reason = 137, "Error"
        record.killing = place.engine.now + seconds(grace + NOTICE)
    else:
        run.exit_code = run.on_term
        run.reason = "Completed" if run.on_term == 0 else "Error"
        record.killing = place.engine.now + seconds(NOTICE)


def _killed(place: Place, record: ContainerRecord, run: Run) -> None:
    """A container killed by its liveness probe: restarted at once twice, then with a back-off."""
    engine = place.engine
    run.finished, record.killing = engine.now, None
    record.quick_kills += 1
    record.crashes = record.quick_kills - 1
    disks.end(engine, run)
    _down(record)
    pause = _pause(record.crashes)
    if not pause:
        record.due = engine.now + seconds(0.2)
        return
    _say_back_off(place)
    _show_back_off(place, record, pause)
    record.until = engine.now + place.later(pause, "kill", record.quick_kills)
    record.due = min(record.until, engine.now + seconds(NOTICE))


def _ended(place: Place, record: ContainerRecord, run: Run) -> None:
    """A process that ended by itself."""
    engine = place.engine
    run.finished = run.started + seconds(run.ends or 0)
    disks.end(engine, run)
    _down(record)
    if not restarts(place, run):
        return
    if (run.finished - run.started).total_seconds() >= CALM:
        record.crashes = 0
    record.crashes += 1
    pause = _pause(record.crashes)
    if not pause:
        record.due = engine.now + seconds(0.2)
        return
    _say_back_off(place)
    record.until = engine.now + place.later(pause, "crash", record.crashes) + seconds(2 * NOTICE)
    record.due = record.until
    if engine.world.kubelet.resync_in_backoff:
        _show_back_off(place, record, pause)
        record.due = min(record.until, engine.now + seconds(11 * NOTICE))


def _hook_failed(place: Place, record: ContainerRecord, run: Run) -> None:
    """A container whose postStart hook failed: killed, and restarted with a back-off."""
    engine = place.engine
    place.say("Warning", "FailedPostStartHook", "PostStartHook failed")
    place.say("Normal", "Killing", "FailedPostStartHook")
    run.finished = engine.now + seconds(NOTICE)
    run.exit_code = 137 if run.on_term is None else run.on_term
    run.reason = "Completed" if run.exit_code == 0 else "Error"
    disks.end(engine, run)
    _down(record)
    record.phase, record.reason = "waiting", "PostStartHookError"
    record.message = hooks.problem(place, record, run)
    if not restarts(place, run):
        record.phase, record.reason, record.message = "ended", "", ""
        return
    record.crashes += 1
    pause = _pause(record.crashes)
    if pause:
        _say_back_off(place)
        record.until = engine.now + seconds(pause)
    record.due = engine.now + place.later(pause or NOTICE, "hook", record.crashes)


def _down(record: ContainerRecord) -> None:
    """The state of a container that has just ended."""
    record.phase, record.reason, record.message, record.until = "ended", "", "", None
    record.ready = record.passed_startup = False
    record.probes.clear()


def _after_end(place: Place, record: ContainerRecord) -> None:
    """Restart when the back-off is over; until then tell about it once more."""
    if record.until is None or place.engine.now >= record.until:
        record.until = None
        record.phase, record.reason, record.message = "waiting", "", ""
        record.due = place.engine.now
        return
    _say_back_off(place)
    record.due = record.until


def restarts(place: Place, run: Run) -> bool:
    """Whether the restart policy starts the container again after this run."""
    if place.init and place.spec.get("restartPolicy") != "Always":
        return run.exit_code != 0 and place.pod["spec"]["restartPolicy"] != "Never"
    policy = place.pod["spec"]["restartPolicy"]
    return bool(policy == "Always" or (policy == "OnFailure" and run.exit_code != 0))


def _pause(failures: int) -> int:
    """The back-off after so many failures; none after the first."""
    return 0 if failures < 2 else back_off(failures - 1)


def _who(place: Place) -> str:
    meta = place.pod["metadata"]
    return f"{meta['name']}_{meta['namespace']}({meta['uid']})"


def _say_back_off(place: Place) -> None:
    text = f"Back-off restarting failed container {place.spec['name']} in pod {_who(place)}"
    place.say("Warning", "BackOff", text)


def _show_back_off(place: Place, record: ContainerRecord, pause: int) -> None:
    record.reason = "CrashLoopBackOff"
    record.message = (
        f"back-off {go(pause)} restarting failed container={place.spec['name']} pod={_who(place)}"
    )
