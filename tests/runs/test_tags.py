from acwgan.runs.tags import CHARTS, DESCRIPTIONS, PANELS, TAGS


def test_every_tag_has_one_row_and_is_shown_where_there_is_a_place():
    assert len(DESCRIPTIONS) == len(TAGS) and all(DESCRIPTIONS.values())
    assert {tag.chart for tag in TAGS} - {None} == set(CHARTS)
    assert {tag.panel for tag in TAGS} - {None} == set(PANELS)


def test_curves_that_share_a_panel_have_different_names_in_its_legend():
    for panel in PANELS:
        names = [tag.legend for tag in TAGS if tag.panel == panel]
        assert len(set(names)) == len(names) and (names == [""] or all(names))
