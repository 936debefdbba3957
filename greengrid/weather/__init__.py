"""Sun, wind, water, demand and neighbours' prices of one weather year.

`make_profiles` draws every hourly series of a calendar year from the grid, the shipped tables and a seed. Time is
UTC, hour-beginning. Nothing is downloaded; every table row names its source and a confidence grade.

Method ------ Sites. `networks/corridor/weather_plants.csv` says which site every wind or solar plant and every zone
takes, why, how far it lies and whose yield is met; `weather_sites.csv` holds the climates. A plant without a row
takes the nearest site of its kind: within 60 km, else of its zone, its country, of all (`site_of_plants`). Big plants
and aggregates are spread over 4 or 9 points.

Correlation. All scatter comes from one machinery (`correlation`): Gaussian fields with covariance exp(-distance / L)
in space and first-order autoregression in time, built from plane waves, plus a small part of every plant's own. A
plant's series depends on its own place and name and on the seed alone: adding a plant changes no other. Weather systems
(`systems`) reach three times as far from west to east and move east by a degree an hour; a day's clearness follows them
against the sign (fronts bring cloud), a day's temperature follows both.

Sun (`solar`). Daily clearness .82 x Beta(monthly mean, sd) with a Gaussian copula (phi .35, L 500 km); within the day
the profile of Collares-Pereira and Rabl times noise (phi .7, sd .10, less on clear days) that keeps the day's total;
capped at .85 of extraterrestrial; a typical year is brought to every month's long-run irradiation. Erbs, Hay-Davies,
fixed tilt or tracker with backtracking, Faiman and PVWatts (pvlib); losses 14 %, DC over AC 1.2.

Wind (`wind`). Weibull(v100, k) of a slow (30 h, 420 km) and a fast field (8 h, 150 km; share by site) times the site's
daily and monthly cycle; air density by elevation and season; mean of shipped power curves smoothed for turbulence;
losses 12 %; moving average of 3 h. One factor on wind speed brings each plant to its stated yield, or to that of
Weibull(v100, k) where none is published.

Water (`water`). Annual energy of an average, dry, wet or measured year per plant times monthly shares, smooth within
the months.

Demand (`demand`). Month x weekday or weekend and holiday x hour of the local clock x (1 + temperature + noise), raised
to the one power and scale that meet the zone's annual energy and peak.

Neighbours' prices (`markets`). Level of the year x month x hour in two seasons on the market's clock, plus daily and
hourly noise that fills what these leave of the observed standard deviations; the daily part goes with wind, clearness
and temperature there; the lowest hours stretched to the observed share below 5 USD; floored, mean restored.

Many years (`ensemble`). Year k of n has its own streams and its own annual level of wind, sun and water, a field with
the sourced year-to-year deviation whose mean over the n years is zero at every place: the mean of the years' yields
is the long run's. Energy and peak of demand and the level of prices stay those of the case.

Proof. `bands` measures a year against the acceptance bands of `tables/bands.csv` and says by how much one is missed.

What it does not know: no real weather year; temperature reaches demand and prices but not yet turbines and modules; no
trend of climate; water does not move the neighbours' prices.
"""

from greengrid.weather.ensemble import Draw
from greengrid.weather.profiles import Profiles
from greengrid.weather.sites import SiteOfPlant, site_of_plants
from greengrid.weather.synthesis import make_profiles
from greengrid.weather.water import reservoirs

__all__ = ["Draw", "Profiles", "SiteOfPlant", "make_profiles", "reservoirs", "site_of_plants"]
