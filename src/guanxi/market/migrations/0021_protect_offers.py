"""Row security of offers: an individual sees the codes and uses that are theirs, and the terms behind them."""

from django.db import migrations

from guanxi.core.protect import Protect

OWN = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"
# Not how much an enterprise is ready to spend, nor whom else it thought of.
TERMS = (
    "id, enterprise_id, kind, state, text_en, text_zh, benefit, value, most, free_product, currency, least, products, "
    "categories, stores, valid_from, valid_to, days_valid, codes, shared_code, per_person, in_all, exclusion_group, alone, name"
)
COUPON = "id, enterprise_id, offer_id, code, customer_id, granted_at, valid_until"
USE = (
    "id, enterprise_id, offer_id, coupon_id, code, customer_id, store, state, amount, given_back, order_key, "
    "reserved_at, until, redeemed_at, ended_at"
)


class Migration(migrations.Migration):
    """Protect every table."""

    dependencies = [("people", "0002_protect"), ("market", "0020_offers")]

    operations = [
        Protect(
            "offer",
            desk="SELECT, INSERT, UPDATE",
            self_grant=f"SELECT ({TERMS})",
            self_rows="id IN (SELECT offer_id FROM market_coupon) OR id IN (SELECT offer_id FROM market_couponuse)",
            referable=True,
        ),
        Protect(
            "coupon",
            desk="SELECT, INSERT",
            self_grant=f"SELECT ({COUPON})",
            self_rows=f"customer_id IN {OWN}",
            referable=True,
        ),
        Protect(
            "couponuse",
            desk="SELECT, INSERT, UPDATE",
            self_grant=f"SELECT ({USE})",
            self_rows=f"customer_id IN {OWN}",
        ),
        Protect("offerrefusal", desk="SELECT, INSERT, UPDATE"),
        Protect("offerhistory", desk="SELECT, INSERT"),
        Protect("couponusehistory", desk="SELECT, INSERT"),
    ]
