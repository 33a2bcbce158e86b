"""A market of many customers, made set by set: members of one segment, with what they permit."""

from django.db import connection

from guanxi.market.campaigns import planning, queries, services
from guanxi.market.models import Segment
from guanxi.touch.models import Template
from guanxi.touch.outgoing import services as messages

_CUSTOMERS = """
INSERT INTO people_customer (id, enterprise_id, root_id, kind, label, identified, simulated, fields, sources, grams,
  created_at)
SELECT md5(%(enterprise)s || %(key)s || n)::uuid, %(enterprise)s, md5(%(enterprise)s || %(key)s || n)::uuid, 'person',
  %(key)s || ' ' || n, true, false, '{}', '{}', '{}', %(now)s FROM generate_series(1, %(count)s) AS n
RETURNING id
"""
_PROFILES = """
INSERT INTO people_profile (customer_id, enterprise_id, root_id, events, orders, returns, spent, returned)
SELECT id, %(enterprise)s, id, 0, 0, 0, 0, 0 FROM unnest(%(ids)s::uuid[]) AS id
"""
_MEMBERS = """
INSERT INTO market_membership (enterprise_id, segment_id, customer_id, entered_at)
SELECT %(enterprise)s, %(segment)s, id, %(now)s FROM unnest(%(ids)s::uuid[]) AS id
"""
_PERMISSIONS = """
INSERT INTO consent_permission (id, enterprise_id, giver_kind, giver_id, receiver_kind, receiver_id, purpose, channel,
  strength, zone, words, proof, happened_at, recorded_at)
SELECT md5(%(enterprise)s || id || %(purpose)s || %(channel)s)::uuid, %(enterprise)s, 'customer', id, 'enterprise',
  %(enterprise)s, %(purpose)s, %(channel)s, %(strength)s, 'UTC', '', 'form', %(now)s, %(now)s
FROM unnest(%(ids)s::uuid[]) AS id
"""


class Market:
    """The viewer's enterprise with whatever a test puts into it."""

    def __init__(self, viewer):
        self.viewer = viewer
        self.made = 0

    def run(self, statement, **values):
        with connection.cursor() as cursor:
            cursor.execute(
                statement, {"enterprise": str(self.viewer.tenant), "now": self.viewer.now, **values}
            )
            return [row[0] for row in cursor.fetchall()] if cursor.description else []

    def segment(self, name="Hikers"):
        return Segment.objects.create(enterprise_id=self.viewer.tenant, name=name, condition="true")

    def customers(self, count, *, segments=(), strength=3, purpose="offers", channel=""):
        self.made += 1
        ids = self.run(_CUSTOMERS, key=f"c{self.made}", count=count)
        self.run(_PROFILES, ids=ids)
        for segment in segments:
            self.run(_MEMBERS, segment=segment.pk, ids=ids)
        if strength is not None:
            self.permit(ids, strength=strength, purpose=purpose, channel=channel)
        return ids

    def permit(self, ids, *, strength, purpose="offers", channel=""):
        self.run(_PERMISSIONS, ids=ids, strength=strength, purpose=purpose, channel=channel)

    def campaign(self, segment, name="Autumn trails", **facts):
        facts = {"channels": ("chat",), **facts}
        templates = dict.fromkeys(facts["channels"], self.template())
        facts = {
            "control_share": 0.5,
            "templates": templates,
            "pace_hour": 100_000,
            "pace_day": 100_000,
            **facts,
        }
        return services.create(
            viewer=self.viewer, brief=services.Brief(name=name, segment_id=segment.pk, **facts)
        )

    def template(self):
        """The words of every message; said by a channel that needs no address."""
        known = Template.objects.filter(enterprise_id=self.viewer.tenant, name="Trails").first()
        texts = {"en": {"subject": "Trails", "body": "Autumn on foot"}}
        return str((known or messages.save_template(viewer=self.viewer, name="Trails", texts=texts)).pk)

    def planned(self, campaign):
        return planning.plan(viewer=self.viewer, campaign=campaign)

    def running(self, segment, name="Autumn trails", **facts):
        """A campaign that runs, its arms on record."""
        campaign = self.campaign(segment, name, **facts)
        made = self.planned(campaign)
        services.approve(viewer=self.viewer, campaign_id=campaign.pk)
        services.start(viewer=self.viewer, campaign_id=campaign.pk)
        planning.record(viewer=self.viewer, campaign=campaign, round_=made)
        return queries.campaign_for(self.viewer, campaign.pk)
