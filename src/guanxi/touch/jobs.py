"""Background jobs of the touch centre."""

import imaplib
import logging

from django.conf import settings
from django.db import connection

from guanxi.core import jobs, tenancy, viewers
from guanxi.core.viewer import Viewer
from guanxi.touch import digester, services
from guanxi.touch.outgoing import answers, mailbox, queries

logger = logging.getLogger(__name__)
# The same message id counts once within seven days.
SEEN_DAYS = 7
_PURGE = """
DELETE FROM core_seen WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM core_seen WHERE seen_at < now() - make_interval(days => %s) LIMIT %s))
"""
_PURGE_ROWS = 20_000


@jobs.job("touch.make_months_ahead", in_tenancy=False)
def make_months_ahead() -> None:
    """See that the event log has partitions for the coming months."""
    digester.make_months_ahead()


@jobs.job("touch.purge_seen", in_tenancy=False)
def purge_seen() -> None:
    """Forget message ids after their days, in portions that hold nobody up."""
    for enterprise_id in viewers.enterprise_ids():
        while True:
            with (
                tenancy.tenancy(viewers.for_process(enterprise_id, "touch.purge_seen")),
                connection.cursor() as cursor,
            ):
                cursor.execute(_PURGE, [SEEN_DAYS, _PURGE_ROWS])
                if cursor.rowcount < _PURGE_ROWS:
                    break


@jobs.job("touch.forget_aside", in_tenancy=False)
def forget_aside() -> None:
    """Delete messages that were set aside after their days, with their history; nobody sealed what is in them."""
    for enterprise_id in viewers.enterprise_ids():
        viewer = viewers.for_process(enterprise_id, "touch.forget_aside")
        while True:
            with tenancy.tenancy(viewer):
                if not services.forget_aside(viewer=viewer, days=settings.CONFIGURATION.quarantine_days):
                    break


@jobs.job("touch.drop_former_keys", in_tenancy=False)
def drop_former_keys() -> None:
    """Make replaced write keys worthless once their day is over."""
    for enterprise_id in viewers.enterprise_ids():
        viewer = viewers.for_process(enterprise_id, "touch.drop_former_keys")
        with tenancy.tenancy(viewer):
            services.drop_former_keys(viewer=viewer)


@jobs.job("touch.read_mailboxes", in_tenancy=False)
def read_mailboxes() -> None:
    """Read what came back to the mailboxes of all enterprises; one that cannot be read holds up no other."""
    for enterprise_id in viewers.enterprise_ids():
        viewer = viewers.for_process(enterprise_id, "touch.read_mailboxes")
        with tenancy.tenancy(viewer):
            account = queries.account_for(viewer, "email")
            given = queries.settings_of(viewer, account) if account else {}
        if not given.get("mailbox_host"):
            continue

        def take(raw: bytes, viewer: Viewer = viewer) -> None:
            with tenancy.tenancy(viewer):
                answers.take_report(viewer=viewer, raw=raw)

        try:
            mailbox.read(given, take)
        except (OSError, imaplib.IMAP4.error) as error:
            logger.warning("The mailbox of enterprise %s cannot be read: %s", enterprise_id, error)


jobs.schedule("touch.make_months_ahead", cron="10 0 * * *")
jobs.schedule("touch.purge_seen", cron="20 3 * * *")
jobs.schedule("touch.forget_aside", cron="30 3 * * *")
jobs.schedule("touch.drop_former_keys", cron="5 * * * *")
jobs.schedule("touch.read_mailboxes", cron="*/5 * * * *")
