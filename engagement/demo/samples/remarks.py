"""Short remarks of a grocer's customers, all invented: what is said by theme, how often in which month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from engagement.demo.samples.draws import Draws
from engagement.demo.samples.story_types import SampleRemark

SEED = 20_170_311
SAID = 156
FIRST_DAY, LAST_DAY = date(2017, 1, 9), date(2017, 12, 30)

TILL, COUPONS, FRESH, SHELVES, STAFF, PRICES = "till", "coupons", "fresh", "shelves", "staff", "prices"

SAYINGS: dict[str, tuple[str, ...]] = {
    TILL: (
        "Two tills open on a Saturday and a queue back to the dairy shelf. Awful.",
        "Waited twenty minutes at the till for six things. Very annoying.",
        "The queue is the worst part of the week. Please open another till.",
        "I left my basket and went home, the waiting was terrible.",
        "Long queue again, and everybody was annoyed.",
        "The self-service till failed twice and I had to wait for help. Frustrating.",
        "Nice shop, but the queue after work is bad every single day.",
        "Stood in the queue for a quarter of an hour with ice cream. It melted, sadly.",
        "The waiting at the till makes me angry, I go elsewhere on Fridays now.",
        "A till for baskets only is missing, a pity.",
        "The line was short this morning, in and out in five minutes. Lovely.",
        "More tills were open this week and it went fast. Thank you!",
    ),
    COUPONS: (
        "The coupon did not scan and I was told to come back. Disappointing.",
        "Good coupons in the booklet, we used four of them.",
        "I love the coupons for coffee, they are really useful.",
        "My coupon had run out the day before it came by post. Annoying.",
        "The booklet had nothing for a household with a baby, a pity.",
        "Happy with the holiday coupons, they saved us a lot.",
        "Four coupons this month, and all of them worked. Perfect.",
        "A coupon for every week would be great, we love them.",
        "Thank you for the coupons with larger print, that helps.",
        "Coupons in the app please, I always lose the paper.",
    ),
    FRESH: (
        "The vegetables are fresh and the bread is excellent.",
        "Best apples in town, I come for the fruit.",
        "The salad was wilted twice this month. Not good.",
        "Great fruit and friendly service at the counter.",
        "Strawberries with mould at the bottom of the box, disgusting.",
        "I like that the vegetables come from near here.",
        "The bread is gone by four in the afternoon.",
        "Fresh fish on Thursdays is wonderful.",
        "Fruit is good, but wrapped in far too much plastic.",
    ),
    SHELVES: (
        "The oat milk is out of stock again, third week. Bad.",
        "Empty shelves on Sunday evening, I could not finish my list.",
        "What was on offer was out of stock before noon. Disappointing.",
        "The shelf for flour was empty all of December.",
        "Everything on my list was there for once, nice.",
        "You moved the coffee and I cannot find it any more.",
        "Out of stock is the word I read most here. It is a shame.",
    ),
    STAFF: (
        "The lady at the cheese counter is wonderful.",
        "Friendly staff, they helped me carry the crates. Thank you!",
        "Asked for help and got it at once. Great staff.",
        "Staff are kind and know where everything is.",
        "The young man at the entrance was rude to my mother. Terrible.",
        "Nobody on the floor to ask, but the staff at the desk were lovely.",
        "Staff greet my children by name, we love it.",
    ),
    PRICES: (
        "Prices have gone up again, it hurts.",
        "The price at the till was not the one on the shelf. Bad.",
        "Good prices for meat, better than in the centre.",
        "A bit expensive, but the quality is worth it.",
        "Fair prices and no tricks, I like that.",
        "Too expensive for a family of five, sadly.",
        "The price tags are too small for my eyes.",
    ),
}
TAILS = (
    "", "", "", "", "We come every week.", "I shop on Saturdays.", "We have had the card for years.",
    "I live round the corner.", "Otherwise fine.", "This was my third visit this month.",
)  # fmt: skip
SOURCES = (
    (("survey", "Survey by receipt"), 5),
    (("review", "Public reviews"), 3),
    (("case", "Customer desk"), 2),
    (("post", "Social posts"), 1),
)
# How often each theme comes up: the queue is the talk of the autumn.
USUAL = ((TILL, 3), (COUPONS, 6), (FRESH, 7), (SHELVES, 3), (STAFF, 6), (PRICES, 4))
AUTUMN = ((TILL, 22), (COUPONS, 3), (FRESH, 3), (SHELVES, 5), (STAFF, 2), (PRICES, 3))
AUTUMN_MONTHS = (9, 10, 11)


def draw_remarks(customers: Sequence[str]) -> tuple[SampleRemark, ...]:
    """The year's remarks, evenly over its days, each by one of the customers."""
    draws, span = Draws(SEED), (LAST_DAY - FIRST_DAY).days
    return tuple(_remark(draws, FIRST_DAY + timedelta(days=span * at // SAID), customers) for at in range(SAID))


def _remark(draws: Draws, day: date, customers: Sequence[str]) -> SampleRemark:
    sayings = SAYINGS[draws.pick(AUTUMN if day.month in AUTUMN_MONTHS else USUAL)]
    text, tail = sayings[draws.below(len(sayings))], TAILS[draws.below(len(TAILS))]
    kind, source = draws.pick(SOURCES)
    return SampleRemark(
        day=day,
        text=f"{text} {tail}".strip(),
        kind=kind,
        source=source,
        customer=customers[draws.below(len(customers))],
    )
