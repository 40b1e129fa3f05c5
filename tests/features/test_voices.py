"""Reading what the chosen tell: nothing there, nothing forged."""


async def test_nothing_is_listed_while_nobody_has_told(chat):
    """The shelf does not offer an empty list; a forged number finds nothing."""
    ming = await chat.join("ming")
    shelf = await ming.says("书房")

    assert "voices" not in {each.target for row in shelf.buttons for each in row}
    assert (await ming.taps("voices")).key == "voices.none"
    assert (await ming.taps("voices.read:1")).key == "voices.gone"
    assert (await ming.taps("voices.read:x")).key == "voices.gone"
