"""Workers that are killed: at any moment, and at every step of a commit."""

from tests.chaos.harness import Trial, fault


@fault("F1", "workers are killed at random moments")
async def killed(trial: Trial) -> None:
    """Two workers share a backlog."""
    async with trial.site(events=5_000, run_records=200) as site:
        await site.put()
        site.member("one", instance_id="one")
        await site.drained()
        await site.check(reference=True)
