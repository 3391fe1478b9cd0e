package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.chart.NumberText;
import java.util.Locale;

/**
 * A figure that runs are compared by.
 *
 * @param key its name in {@code sweep.json}
 * @param heading what people read
 * @param unit what it counts
 * @param role what it tells
 */
record Figure(String key, String heading, Unit unit, Role role) {

  /** What a figure tells. */
  enum Role {
    /** How good the run's model is. */
    AFTER,
    /** How good what it is compared with is. */
    BEFORE,
    /** What the run took. */
    COST
  }

  /** What a figure counts, and so how it is written. */
  enum Unit {
    /** A share in [0, 1]. */
    SHARE {
      @Override
      String text(double value) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * value);
      }
    },
    /** A number without a unit. */
    NUMBER {
      @Override
      String text(double value) {
        double size = Math.abs(value);
        return size != 0 && size < 0.01
            ? NumberText.plain(value)
            : String.format(Locale.ROOT, size < 1000 ? "%.2f" : "%,.0f", value);
      }
    },
    /** How many of something. */
    COUNT {
      @Override
      String text(double value) {
        return NumberText.count(Math.round(value));
      }
    },
    /** Bytes. */
    BYTES {
      @Override
      String text(double value) {
        return NumberText.bytes(Math.round(value));
      }
    },
    /** Seconds. */
    SECONDS {
      @Override
      String text(double value) {
        return String.format(Locale.ROOT, "%,.1f s", value);
      }
    };

    /** A value for people. */
    abstract String text(double value);
  }

  /** Whether a picture of it tells more than the table. */
  boolean isPictured() {
    return role == Role.AFTER || unit == Unit.BYTES || unit == Unit.SECONDS;
  }
}
