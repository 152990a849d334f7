"""The Universal Scalability Law: points of concurrency and throughput in, its curve out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from operator import mul, truediv
from typing import NamedTuple

STEPS = 100
CONVERGED = 1e-12  # relative gain of a step below which the fit is done
DAMPING = 1e-3  # at the start: Levenberg and Marquardt between Gauss–Newton and descent
OPEN = 1e-14  # of a scaled system: what is left of a factor that others make up for
STUCK = 1e12  # damping at which no step helps any more

Vector = tuple[float, float, float]


class Point(NamedTuple):
    """One measurement."""

    concurrency: float  # users or connections, above 0
    throughput: float  # per second, or of any unit
    weight: float = 1.0  # inverse of its variance, up to a factor


def averaged(points: Sequence[Point]) -> Point:
    """Return the weighted mean of points, with the weight of all of them."""
    weight = math.fsum(p.weight for p in points)
    return Point(
        math.fsum(p.concurrency * p.weight for p in points) / weight,
        math.fsum(p.throughput * p.weight for p in points) / weight,
        weight,
    )


class Curve(NamedTuple):
    """X(N) = λN ⁄ (1 + σ(N − 1) + κN(N − 1)).

    Gunther 1993, Proceedings of CMG; Gunther 2007, Guerrilla Capacity Planning.
    """

    rate: float  # λ: throughput of one user
    contention: float  # σ: share that has to wait for its turn
    coherency: float  # κ: cost of agreement between each two users

    def at(self, concurrency: float) -> float:
        """Return the throughput at a concurrency."""
        more = concurrency - 1
        cost = 1 + self.contention * more + self.coherency * concurrency * more
        return self.rate * concurrency / cost

    @property
    def knee(self) -> float:
        """The concurrency of the highest throughput: infinite without κ, 0 if it only falls."""
        if self.contention >= 1:
            return 0.0
        return math.sqrt((1 - self.contention) / self.coherency) if self.coherency else math.inf

    @property
    def peak(self) -> float:
        """The highest throughput, or what it tends to; infinite if it grows without end."""
        knee = self.knee
        if math.isfinite(knee):
            return self.at(max(1.0, knee))
        return self.rate / self.contention if self.contention else math.inf


def fit(points: Sequence[Point], *, coherent: bool = True) -> Curve:
    """Fit the law by weighted least squares of throughput, with λ > 0, σ ≥ 0 and κ ≥ 0.

    Gauss–Newton steps damped as by Levenberg and Marquardt (Marquardt 1963, SIAM Journal 11:431) on
    1 ⁄ λ, σ ⁄ λ and κ ⁄ λ, in which N ⁄ X is linear; started from the fit of N ⁄ X, Gunther's
    linearisation. A parameter that would be negative is held at zero; of the fits that are left
    with all combinations of zeros the closest is returned.

    Args:
        points: at least as many as there are parameters, at different concurrencies.
        coherent: whether κ is fitted; it is 0 otherwise.

    Raises:
        ValueError: if a concurrency, a weight or all throughputs are not positive.
    """
    if any(not (0 < p.concurrency < math.inf and 0 < p.weight < math.inf) for p in points) or not (
        0 < math.fsum(p.throughput for p in points) < math.inf
    ):
        raise ValueError("concurrency, weight and throughput must be positive")
    others = (1, 2) if coherent else (1,)
    best: tuple[float, Vector] = (math.inf, (1.0, 0.0, 0.0))
    for count in range(len(others), -1, -1):
        for extra in combinations(others, count):
            found = _descend(points, (0, *extra))
            if min(found) >= 0 and found[0] > 0:
                best = min(best, (_error(points, found), found))
        if count == len(others) and best[0] < math.inf:
            break
    a, b, c = best[1]
    return Curve(1 / a, b / a, c / a)


def residual(points: Sequence[Point], curve: Curve) -> float:
    """Return the weighted sum of squares that a curve leaves."""
    return math.fsum(p.weight * (p.throughput - curve.at(p.concurrency)) ** 2 for p in points)


def _row(concurrency: float) -> Vector:
    """Return what N ⁄ X is linear in."""
    return 1.0, concurrency - 1, concurrency * (concurrency - 1)


def _error(points: Sequence[Point], parameters: Vector) -> float:
    """Return the weighted sum of squares, infinite where the law makes no sense."""
    one, two, three = parameters
    total = 0.0
    for concurrency, throughput, weight in points:
        cost = one + (concurrency - 1) * (two + three * concurrency)  # N ⁄ X
        if cost <= 0:
            return math.inf
        total += weight * (throughput - concurrency / cost) ** 2
    return total


def _descend(points: Sequence[Point], free: tuple[int, ...]) -> Vector:
    """Return the parameters of the smallest error, those that are not free held at zero."""
    at = _start(points, free)
    error, damping = _error(points, at), DAMPING
    known = [(_row(n), n, x, math.sqrt(weight)) for n, x, weight in points]
    for _ in range(STEPS):
        rows = []
        for terms, concurrency, throughput, root in known:
            one, two, three = terms
            model = concurrency / (at[0] * one + at[1] * two + at[2] * three)
            slope = -root * model * model / concurrency
            rows.append((terms, slope, root * (throughput - model)))
        before, normal = error, _normal(rows, free)
        while damping < STUCK:
            step = _least(normal, free, damping)
            trial = (at[0] + step[0], at[1] + step[1], at[2] + step[2])
            now = _error(points, trial)
            if now < error:
                at, error, damping = trial, now, damping / 10
                break
            damping *= 10
        if before - error <= CONVERGED * before:
            break
    return at


def _start(points: Sequence[Point], free: tuple[int, ...]) -> Vector:
    """Return the fit of N ⁄ X, or of a straight line if that makes no sense."""
    rows = []
    for concurrency, throughput, weight in points:
        slope = math.sqrt(weight) * throughput * throughput / concurrency
        cost = concurrency / throughput if throughput > 0 else 0.0
        rows.append((_row(concurrency), slope, slope * cost))
    linear = _least(_normal(rows, free), free, 0.0)
    if _error(points, linear) < math.inf:
        return linear
    squares = math.fsum(p.weight * p.concurrency**2 for p in points)
    return squares / math.fsum(p.weight * p.concurrency * p.throughput for p in points), 0.0, 0.0


class _Normal(NamedTuple):
    """Normal equations, each unknown in units of its own length."""

    lengths: Sequence[float]
    factors: Sequence[Sequence[float]]
    targets: Sequence[float]


def _normal(rows: Sequence[tuple[Vector, float, float]], free: tuple[int, ...]) -> _Normal:
    """Return the normal equations of rows (terms, factor of the terms, target)."""
    columns = [[terms[i] * factor for terms, factor, _ in rows] for i in free]
    target = [row[2] for row in rows]
    lengths = [math.sqrt(_dot(column, column)) or 1.0 for column in columns]
    known = list(zip(columns, lengths, strict=True))
    return _Normal(
        lengths,
        [[_dot(one, other) / (a * b) for other, b in known] for one, a in known],
        [_dot(column, target) / length for column, length in known],
    )


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return float(sum(map(mul, one, other)))


def _least(normal: _Normal, free: tuple[int, ...], damping: float) -> Vector:
    """Solve the damped least squares of normal equations."""
    lengths, factors, targets = normal
    system = [
        [factor + (damping if n == m else 0.0) for m, factor in enumerate(row)] + [target]
        for n, (row, target) in enumerate(zip(factors, targets, strict=True))
    ]
    solved = dict(zip(free, map(truediv, _solve(system), lengths), strict=True))
    return solved.get(0, 0.0), solved.get(1, 0.0), solved.get(2, 0.0)


def _solve(system: list[list[float]]) -> list[float]:
    """Solve linear equations, each row its factors and its right side, by elimination.

    An unknown that the equations leave open is zero.
    """
    size = len(system)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(system[row][column]))
        system[column], system[pivot] = system[pivot], system[column]
        head = system[column][column]
        if abs(head) < OPEN:
            system[column] = [float(n == column) for n in range(size)] + [0.0]
            continue
        for row in range(size):
            if row != column:
                factor = system[row][column] / head
                system[row] = [
                    value - factor * other
                    for value, other in zip(system[row], system[column], strict=True)
                ]
    return [system[n][size] / system[n][n] for n in range(size)]
