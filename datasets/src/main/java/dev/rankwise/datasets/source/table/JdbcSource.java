package dev.rankwise.datasets.source.table;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.FrameRows;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A table or view of another database: {@code jdbc:postgresql://host/shop#public.tickets}, the
 * driver's address and the table behind a hash sign.
 *
 * <p>User and password come from Spark's settings {@value #USER} and {@value #PASSWORD}, or from
 * the environment variables {@value #USER_VARIABLE} and {@value #PASSWORD_VARIABLE}, never from an
 * address: that would be in recipes, manifests and messages. The driver's jar is the user's.
 *
 * <p>One task reads all rows by one statement, so they are of one moment. A database gives no sign
 * of change: the version is unknown.
 */
public final class JdbcSource implements RowSource {
  /** What such locations begin with. */
  public static final String START = "jdbc:";

  /** Spark's setting with the user's name. */
  public static final String USER = "spark.rankwise.jdbc.user";

  /** Spark's setting with the password. */
  public static final String PASSWORD = "spark.rankwise.jdbc.password";

  private static final String USER_VARIABLE = "RANKWISE_JDBC_USER";

  /** The variable of the environment with the password. */
  public static final String PASSWORD_VARIABLE = "RANKWISE_JDBC_PASSWORD";

  private static final String FETCHED_ROWS = "10000";
  private static final Pattern FORM = Pattern.compile("(?i)(jdbc:[a-z0-9]+:[^#]+)#([^#]+)");

  /** {@code user:password@}, also in the form that Oracle's driver has for it. */
  private static final Pattern USER_PART = Pattern.compile("(?://|:)[^/@]*[:/][^/@]*@");

  private static final Pattern SECRET_PARAMETER =
      Pattern.compile("(?i)[?&;]\\s*(\\w*(?:passw|pwd|secret|token)\\w*)\\s*=");

  private final String address;
  private final String table;

  private JdbcSource(String address, String table) {
    this.address = address;
    this.table = table;
  }

  /**
   * The table at a location.
   *
   * @throws UserInputException if it has another form, or a password in it
   */
  public static JdbcSource at(String location) {
    Matcher secret = SECRET_PARAMETER.matcher(location);
    boolean assigned = secret.find();
    if (assigned || USER_PART.matcher(location).find()) {
      throw new UserInputException(
          ("Invalid address of a database: it holds %s, which would stand in manifests and messages;"
                  + " leave it out, and set %s and %s in the environment, or %s and %s for Spark")
              .formatted(
                  assigned ? "\"%s\"".formatted(secret.group(1)) : "a user's password",
                  USER_VARIABLE,
                  PASSWORD_VARIABLE,
                  USER,
                  PASSWORD));
    }
    Matcher parts = FORM.matcher(location);
    if (!parts.matches()) {
      throw new UserInputException(
          ("Invalid address of a database: \"%s\" (must be the driver's address, a hash sign and the"
                  + " table); write it like jdbc:postgresql://host/database#schema.table")
              .formatted(location));
    }
    return new JdbcSource(parts.group(1), parts.group(2).strip());
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    return FrameRows.read(table(spark), columns, shown());
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return List.of(table(spark).columns());
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    return new SourceDescription("jdbc", address + "#" + table, SourceDescription.UNKNOWN_VERSION);
  }

  private Dataset<Row> table(SparkSession spark) {
    DataFrameReader reader =
        spark
            .read()
            .format("jdbc")
            .option("url", address)
            .option("dbtable", table)
            .option("driver", driver())
            .option("fetchsize", FETCHED_ROWS);
    setting(spark, USER, USER_VARIABLE).ifPresent(user -> reader.option("user", user));
    setting(spark, PASSWORD, PASSWORD_VARIABLE)
        .ifPresent(password -> reader.option("password", password));
    try {
      return reader.load();
    } catch (Exception failure) {
      // Spark declares neither its checked exceptions nor JDBC's to Java.
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof SQLException said) {
          throw refused(said);
        }
      }
      throw new DataException(
          "Cannot read %s: %s; check address and table"
              .formatted(shown(), failure.getClass().getSimpleName()),
          failure);
    }
  }

  private RuntimeException refused(SQLException said) {
    String state = said.getSQLState() == null ? "" : said.getSQLState();
    String words = String.valueOf(said.getMessage()).lines().findFirst().orElse("");
    if (state.startsWith("08")) {
      return new ClusterException(
          "Cannot read %s: the database cannot be reached (%s); see that it runs, and try again"
              .formatted(shown(), words),
          said);
    }
    String remedy =
        state.startsWith("28")
            ? "check the user and the password of %s and %s"
                .formatted(USER_VARIABLE, PASSWORD_VARIABLE)
            : "check the table's name, and that this user may read it";
    return new DataException(
        "Cannot read %s: the database says %s; %s".formatted(shown(), words, remedy), said);
  }

  /** Class of the driver: also one that came by {@code --packages}, which Java's own list lacks. */
  private String driver() {
    for (Driver driver : ServiceLoader.load(Driver.class)) {
      if (isFor(driver, address)) {
        return driver.getClass().getName();
      }
    }
    throw new UserInputException(
        "Cannot read %s: no driver on the class path knows such an address; add its jar, such as --packages org.postgresql:postgresql:VERSION"
            .formatted(shown()));
  }

  private static boolean isFor(Driver driver, String address) {
    try {
      return driver.acceptsURL(address);
    } catch (SQLException unreadable) {
      return false;
    }
  }

  private static Optional<String> setting(SparkSession spark, String name, String variable) {
    String set = spark.conf().get(name, "");
    return Optional.ofNullable(set.isEmpty() ? System.getenv(variable) : set)
        .filter(value -> !value.isEmpty());
  }

  private String shown() {
    return "table \"%s\" of \"%s\"".formatted(table, address);
  }
}
