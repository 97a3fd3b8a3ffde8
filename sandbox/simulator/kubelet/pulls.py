"""Having a container's image on the node: pulls, their failures, their back-off."""

from __future__ import annotations

from sandbox.simulator.clock import seconds
from sandbox.simulator.kubelet import images
from sandbox.simulator.kubelet.place import NOTICE, RETRY, Place, back_off
from sandbox.simulator.kubelet.records import ContainerRecord


def ensure(place: Place, record: ContainerRecord) -> bool:
    """Have the image on the node; False while it is not."""
    engine, image = place.engine, place.spec["image"]
    policy = place.spec.get("imagePullPolicy", "IfNotPresent")
    here = record.pulled or images.present(engine.world, image)
    if here and policy != "Always":
        place.say("Normal", "Pulled", images.ALREADY.format(image=image))
        return True
    if policy == "Never":
        text = f'Container image "{image}" is not present with pull policy of Never'
        place.say("Warning", "ErrImageNeverPull", text)
        place.say("Warning", "Failed", "Error: ErrImageNeverPull")
        record.reason, record.message = "ErrImageNeverPull", text
        record.due = engine.now + place.later(RETRY, "never", spread=0.05)
        return False
    if record.pull_error and record.until and engine.now < record.until:
        text = f'Back-off pulling image "{image}"'
        place.say("Normal", "BackOff", text)
        place.say("Warning", "Failed", "Error: ImagePullBackOff")
        record.reason = "ImagePullBackOff"
        record.message = f"{text}: ErrImagePull: {record.pull_error}"
        record.due = engine.now + place.later(RETRY, "pull", spread=0.05)
        return False
    place.say("Normal", "Pulling", f'Pulling image "{image}"')
    problem = images.error(engine.world.image(image), image, record.pulls)
    if problem is None:
        size = 20_000_000 + engine.random("image-size", image).randrange(90_000_000)
        took = f"{images.PULL_SECONDS}s ({images.PULL_SECONDS}s including waiting)"
        text = f'Successfully pulled image "{image}" in {took}. Image size: {size} bytes.'
        place.say("Normal", "Pulled", text)
        record.pulled, record.pull_error, record.until = True, "", None
        return True
    record.pulls += 1
    place.say("Warning", "Failed", f'Failed to pull image "{image}": {problem}')
    place.say("Warning", "Failed", "Error: ErrImagePull")
    record.reason, record.message, record.pull_error = "ErrImagePull", problem, problem
    record.until = engine.now + seconds(back_off(record.pulls))
    soon = seconds(NOTICE) if record.pulls == 1 else place.later(RETRY, "pull")
    record.due = engine.now + soon
    return False
