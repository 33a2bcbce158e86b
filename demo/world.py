"""The small cast of tests, documents and pictures: two shops and some twenty people, all invented.

Shanhang Outdoor 山行户外 sells tents and boots in Shanghai and Hangzhou; Beilin Books is a bookshop in Berlin from
which nothing of Shanhang may be seen. Everybody comes in through the import engine, as in life.
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from guanxi.core import foundation, viewers
from guanxi.core.identity import id_of
from guanxi.core.importing import running, services
from guanxi.core.importing.models import Import, State
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Reach, Role, Viewer

CLOCK = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
STAFF: tuple[tuple[str, str, str, Role, Reach, tuple[str, ...]], ...] = (
    ("shanhang", "Chen Wei", "chen@shanhang.example", Role.OWNER, Reach.ALL, ()),
    ("shanhang", "Mei Fang", "mei@shanhang.example", Role.SERVICE, Reach.OWN, ()),
    ("shanhang", "Ding Bo", "ding@shanhang.example", Role.SALES, Reach.STORE, ("nanjing",)),
    ("shanhang", "Gao Min", "gao@shanhang.example", Role.ANALYST, Reach.ALL, ()),
    ("shanhang", "Hu Jie", "hu@shanhang.example", Role.DEVELOPER, Reach.ALL, ()),
    ("beilin", "Bea Lind", "bea@beilin.example", Role.OWNER, Reach.ALL, ()),
)
CUSTOMERS = """编号,姓名,类型,手机,邮箱,门店,注册时间
s-001,张三,person,13800138001,zhangsan@mail.example,nanjing,2024-03-09
s-002,李娜,person,13800138002,lina@mail.example,nanjing,2024-04-18
s-003,王芳,person,13800138003,,xihu,2024-05-02
s-004,刘洋,person,13800138004,liuyang@mail.example,xihu,2024-06-30
s-005,陈静,person,13800138005,,nanjing,2024-08-11
s-006,杨帆,person,13800138006,yangfan@mail.example,xihu,2024-10-05
s-007,赵敏,person,13800138007,,nanjing,2025-01-19
s-008,黄磊,person,13800138008,huanglei@mail.example,xihu,2025-02-14
s-009,周杰,person,13800138009,,nanjing,2025-04-04
s-010,吴倩,person,13800138010,wuqian@mail.example,xihu,2025-05-21
s-011,欧阳雪,person,13800138011,,nanjing,2025-07-07
s-012,Ana Costa,person,+351912345678,ana@example.org,nanjing,2025-09-15
s-013,Tom Becker,person,+4915112345678,tom@example.org,xihu,2026-01-08
s-014,古丽娜尔,person,13800138014,,xihu,2026-02-22
s-015,上海远山旅行社有限公司,firm,02112345678,hello@yuanshan.example,nanjing,2024-11-11
s-016,杭州登山协会,firm,057112345678,info@climbers.example,xihu,2025-03-03
s-017,孙悦,person,13800138017,sunyue@mail.example,nanjing,2026-05-01
s-018,马骁,person,13800138018,,xihu,2026-08-20
"""
BOOK_CUSTOMERS = """Customer ID,Name,Type,E-mail,Shop
b-001,Clara Vogt,person,clara@mail.example,mitte
b-002,Jonas Weiß,person,jonas@mail.example,mitte
b-003,Ana Costa,person,ana@example.org,mitte
b-004,Café Lesesaal,firm,tisch@lesesaal.example,mitte
"""
PRODUCTS = """商品编号,商品名称,大类,中类,品牌,规格,成本
p-tent,双人帐篷 Two-person tent,露营,帐篷,山行,2.4 kg,420.00
p-boots,登山鞋 Hiking boots,鞋靴,登山鞋,山行,42,310.00
p-jacket,冲锋衣 Shell jacket,服装,外套,山行,L,380.00
p-stove,炉具 Camping stove,露营,炊具,火焰,0.4 kg,95.00
p-bottle,水壶 Bottle,配件,水具,山行,1 L,22.00
p-rope,动力绳 Climbing rope,攀登,绳索,岩线,60 m,450.00
p-socks,羊毛袜 Wool socks,服装,袜子,山行,M,18.00
"""
ORDERS = (
    "订单号,客户编号,商品编号,门店,下单时间,数量,金额,优惠\n"
    + """o-1001,s-001,p-tent,nanjing,2024-03-09 15:20,1,899.00,0
o-1001,s-001,p-bottle,nanjing,2024-03-09 15:20,2,98.00,0
o-1002,s-002,p-boots,nanjing,2024-04-18 11:05,1,699.00,50.00
o-1003,s-001,p-socks,nanjing,2024-09-30 18:40,3,117.00,0
o-1004,s-004,p-jacket,xihu,2024-10-04 10:12,1,899.00,100.00
o-1005,s-006,p-rope,xihu,2024-10-05 16:45,1,980.00,0
o-1006,s-015,p-tent,nanjing,2024-11-11 00:30,10,8490.00,500.00
o-1007,s-001,p-stove,nanjing,2025-04-26 14:00,1,229.00,0
o-1008,s-008,p-boots,xihu,2025-05-01 13:33,1,699.00,0
o-1009,s-010,p-bottle,xihu,2025-05-21 17:20,1,49.00,0
o-1010,s-016,p-rope,xihu,2025-06-06 09:30,6,5580.00,300.00
o-1011,s-012,p-jacket,nanjing,2025-09-15 19:10,1,999.00,0
o-1012,s-001,p-boots,nanjing,2025-10-02 12:00,1,649.00,50.00
o-1013,s-013,p-tent,xihu,2026-01-08 20:25,1,899.00,0
o-1014,s-002,p-socks,nanjing,2026-02-10 15:15,2,78.00,0
o-1015,s-017,p-bottle,nanjing,2026-05-01 10:40,1,49.00,0
o-1016,s-012,p-socks,nanjing,2026-09-28 18:00,4,156.00,0
o-1017,s-001,p-rope,nanjing,2026-11-11 00:05,1,880.00,100.00
"""
)
FILES: tuple[tuple[str, str, str, str], ...] = (
    ("shanhang", "people.customer", "customers.csv", CUSTOMERS),
    ("shanhang", "sales.product", "products.csv", PRODUCTS),
    ("shanhang", "sales.order_line", "orders.csv", ORDERS),
    ("beilin", "people.customer", "customers.csv", BOOK_CUSTOMERS),
)


def found() -> tuple[UUID, UUID]:
    """The two enterprises, their stores and staff."""
    shanhang = foundation.found(
        slug="shanhang",
        name="Shanhang Outdoor 山行户外",
        currency="CNY",
        zone="Asia/Shanghai",
        country="CN",
        language="zh-hans",
        clock=CLOCK,
    )
    beilin = foundation.found(
        slug="beilin", name="Beilin Books", currency="EUR", zone="Europe/Berlin", country="DE", clock=CLOCK
    )
    for enterprise, code, name in (
        (shanhang, "nanjing", "Nanjing Road"),
        (shanhang, "xihu", "West Lake"),
        (beilin, "mitte", "Mitte"),
    ):
        foundation.open_store(enterprise_id=enterprise.pk, code=code, name=name)
    for slug, name, email, role, reach, codes in STAFF:
        enterprise_id = id_of("enterprise", slug)
        stores = [id_of(enterprise_id, "store", code) for code in codes]
        foundation.employ(
            enterprise_id=enterprise_id,
            email=email,
            name=name,
            role=role,
            reach=reach,
            store_ids=stores,
            team="floor",
        )
    return shanhang.pk, beilin.pk


def load() -> None:
    """Found both and bring their people and purchases in; what is there already is left alone."""
    found()
    for slug, target, name, text in FILES:
        viewer = viewers.for_process(id_of("enterprise", slug), "demonstration")
        with tenancy(viewer):
            there = Import.objects.filter(file_name=name, target=target, state=State.DONE).exists()
        if not there:
            bring_in(viewer, target, name, text)


def bring_in(viewer: Viewer, target: str, name: str, text: str) -> Import:
    """One small file, mapped as the engine proposes."""
    with tenancy(viewer):
        run = services.receive(viewer, name=name, chunks=[text.encode()], target=target, origin="demo")
        services.begin(viewer, run.pk, dry=False, defer=False)
    return running.execute(viewer, run.pk)


def rows(text: str) -> Sequence[dict[str, str]]:
    """The rows of one of the files above, for tests that compare."""
    return list(csv.DictReader(io.StringIO(text)))
