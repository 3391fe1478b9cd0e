package dev.rankwise.jobs.chart;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them, the same in every country. A value that is no number is a dash. */
public final class NumberText {
  /** What stands for a number that is not there. */
  public static final String NONE = "–";

  private static final String[] BYTE_UNITS = {"kB", "MB", "GB", "TB", "PB", "EB"};
  private static final String[] COUNT_UNITS = {"k", "M", "G", "T"};
  private static final double LARGE = 1e6;
  private static final double SMALL = 1e-4;
  private static final int SECONDS = 60;

  private NumberText() {}

  /** A count: {@code 82,192}. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A share in [0, 1] as per cent: {@code 78.5 %}. */
  public static String percent(double share) {
    if (!Double.isFinite(share)) {
      return NONE;
    }
    String format = share != 0 && Math.abs(share) < 0.001 ? "%.2f %%" : "%.1f %%";
    return String.format(Locale.ROOT, format, share * 100);
  }

  /** A number with four digits that matter: {@code 0.7852}, {@code 2e-5}, {@code 1.3e+9}. */
  public static String plain(double value) {
    if (Double.isNaN(value)) {
      return NONE;
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "−∞";
    }
    double size = Math.abs(value);
    if (size != 0 && (size >= LARGE || size < SMALL)) {
      return scientific(value);
    }
    return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }

  private static String scientific(double value) {
    String[] parts = String.format(Locale.ROOT, "%.3e", value).split("e", 2);
    String digits = new BigDecimal(parts[0]).stripTrailingZeros().toPlainString();
    int exponent = Integer.parseInt(parts[1]);
    return digits + "e" + (exponent < 0 ? "" : "+") + exponent;
  }

  /** A large count in short: {@code 742}, {@code 1.33 M}. */
  public static String inShort(double value) {
    return scaled(value, COUNT_UNITS, "");
  }

  /** A number of bytes in decimal units: {@code 5.31 MB}. */
  public static String bytes(long value) {
    return scaled(value, BYTE_UNITS, " B");
  }

  private static String scaled(double value, String[] units, String unit) {
    double rest = value;
    int place = -1;
    while (Math.abs(rest) >= 999.5 && place + 1 < units.length) {
      rest /= 1000;
      place++;
    }
    String digits =
        new BigDecimal(rest).round(new MathContext(3)).stripTrailingZeros().toPlainString();
    return place < 0 ? digits + unit : digits + " " + units[place];
  }

  /** A length of time: {@code 8.4 ms}, {@code 12.5 s}, {@code 3 min 41 s}, {@code 2 h 05 min}. */
  public static String duration(double seconds) {
    if (!Double.isFinite(seconds) || seconds < 0) {
      return NONE;
    }
    if (seconds < 1) {
      return String.format(Locale.ROOT, seconds < 0.1 ? "%.1f ms" : "%.0f ms", seconds * 1000);
    }
    if (seconds < SECONDS) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < SECONDS * SECONDS) {
      return whole / SECONDS + " min " + String.format(Locale.ROOT, "%02d s", whole % SECONDS);
    }
    long minutes = whole / SECONDS;
    return count(minutes / SECONDS)
        + " h "
        + String.format(Locale.ROOT, "%02d min", minutes % SECONDS);
  }

  /** {@code text} cut to {@code length} characters, the last one "…" if it was longer. */
  public static String cut(String text, int length) {
    if (text.codePointCount(0, text.length()) <= length) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, length - 1)) + "…";
  }
}
