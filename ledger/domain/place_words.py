"""The words for the place that a claim or an act is about."""


def about_words(jurisdiction: str | None, activity: str | None) -> str:
    """Return what a claim is about, within a sentence: ``on va.exchange in PK``."""
    what = f"on {activity or 'all its target covers'}"
    if jurisdiction is None:
        return f"{what}, where its target holds" if activity else what
    return f"{what} in {jurisdiction}"


def place_words(jurisdiction: str | None, activity: str | None) -> str:
    """Return where a claim bears, in words: ``PK va.exchange``, or what an act leaves open."""
    if activity is None:
        return f"{jurisdiction}, all its target covers" if jurisdiction else "all its target covers"
    return f"{jurisdiction} {activity}" if jurisdiction else f"{activity}, where its target holds"
