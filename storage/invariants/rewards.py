"""Rewards: the stock, the vouchers that took from it, and the lines that paid for them."""

from storage.invariants.invariant import Invariant, Reading

BY_QUERY = (
    Invariant(
        "stock",
        "what is left of a reward is what its moves add up to, and never less than nothing",
        """
        SELECT 'reward ' || r.id FROM rewards r LEFT JOIN (
            SELECT reward, sum(change) AS total FROM stock_moves GROUP BY reward
        ) m ON m.reward = r.id
        WHERE r.stock < 0 OR r.stock <> coalesce(m.total, 0)
        """,
    ),
    Invariant(
        "oversold",
        "no more of a reward is out than staff have put in",
        """
        SELECT 'reward ' || v.reward FROM (
            SELECT reward, count(*) AS n FROM vouchers
             WHERE state IN ('open', 'used') GROUP BY reward
        ) v LEFT JOIN (
            SELECT reward, sum(change) AS total FROM stock_moves
             WHERE reason IN ('delivered', 'removed', 'imported') GROUP BY reward
        ) m ON m.reward = v.reward
        WHERE v.n > coalesce(m.total, 0)
        """,
    ),
    Invariant(
        "vouchers",
        "every voucher was paid for by a line of its price, and returned by one if it went back",
        """
        SELECT v.citizen FROM vouchers v
            LEFT JOIN ledger p ON p.citizen = v.citizen AND p.campaign = v.campaign
             AND p.line = v.line AND p.kind = 'redemption'
            LEFT JOIN ledger b ON b.citizen = v.citizen AND b.campaign = v.campaign
             AND b.line = v.back AND b.kind = 'refund'
         WHERE p.citizen IS NULL OR p.points <> -v.price
            OR (v.state IN ('cancelled', 'expired')) <> (v.back IS NOT NULL)
            OR (v.back IS NOT NULL AND (b.citizen IS NULL OR b.points <> v.price))
        """,
    ),
    Invariant(
        "redeemed",
        "every line that spent points and stands made one voucher, and every refund ended one",
        """
        SELECT l.citizen FROM ledger l LEFT JOIN vouchers v ON v.citizen = l.citizen
            AND v.campaign = l.campaign AND (
                (l.kind = 'redemption' AND v.line = l.line)
                OR (l.kind = 'refund' AND v.back = l.line))
         WHERE l.kind IN ('redemption', 'refund') AND NOT EXISTS (
            SELECT 1 FROM ledger r WHERE r.citizen = l.citizen AND r.campaign = l.campaign
               AND r.reverses = l.line)
         GROUP BY l.citizen, l.campaign, l.line HAVING count(v.id) <> 1
        """,
    ),
    Invariant(
        "moved_stock",
        "every voucher took one from the stock, and gave it back if it went back",
        """
        SELECT v.citizen FROM vouchers v LEFT JOIN (
            SELECT voucher, reward, sum(CASE WHEN change = -1 THEN 1 ELSE 0 END) AS took,
                   sum(CASE WHEN change = 1 THEN 1 ELSE 0 END) AS gave, count(*) AS n
              FROM stock_moves WHERE voucher IS NOT NULL GROUP BY voucher, reward
        ) m ON m.voucher = v.id AND m.reward = v.reward
         WHERE m.voucher IS NULL OR m.took <> 1 OR m.n <> m.took + m.gave
            OR m.gave <> CASE WHEN v.state IN ('open', 'used') THEN 0 ELSE 1 END
        """,
    ),
    Invariant(
        "handed",
        "what was handed out says by whom, where and when, and nothing else does",
        """
        SELECT citizen FROM vouchers
         WHERE (state = 'used') <> ("by" IS NOT NULL) OR (state = 'used') <> (place IS NOT NULL)
            OR (state = 'open') <> (ended_at IS NULL)
        """,
    ),
    Invariant(
        "spending",
        "redeeming takes points, a refund brings them; neither is a deed, or taken back by staff",
        """
        SELECT l.citizen FROM ledger l LEFT JOIN ledger r ON r.citizen = l.citizen
            AND r.campaign = l.campaign AND r.reverses = l.line
         WHERE (l.kind = 'redemption' AND l.points >= 0) OR (l.kind = 'refund' AND l.points <= 0)
            OR (l.kind IN ('redemption', 'refund')
                AND (l.activity IS NOT NULL OR (r.line IS NOT NULL
                    AND r.cause NOT LIKE 'link:%' AND r.cause NOT LIKE 'unlink:%')))
        """,
    ),
)

BY_READING: tuple[Reading, ...] = ()
