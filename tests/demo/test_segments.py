"""The first segments of a shop say something and are exact."""

from demo import segments
from guanxi.core import viewers
from guanxi.core.tenancy import tenancy
from guanxi.market.segments import queries
from tests.market import world


def test_an_enterprise_without_segments_gets_its_first_once(shanhang, at_desk):
    one = world.customer(at_desk, 1)
    world.happened(at_desk, one, "order.placed", days_ago=3)
    viewer = viewers.for_process(shanhang, "demo")
    assert (segments.start(viewer, small=True), segments.start(viewer)) == (len(segments.STARTERS), 0)
    with tenancy(viewer):
        sizes = {each.name: each.size for each in queries.segments_for(viewer)}
        checked = {queries.exact_for(viewer, each.id)[1:] for each in queries.segments_for(viewer)}
    assert ({name for name, size in sizes.items() if size}, checked) == ({"Regulars", "New"}, {(0, 0)})
