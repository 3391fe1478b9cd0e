package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalog.Table;

/** A table of Spark's catalogs. */
final class TableSource implements RowSource {
  private final String name;

  TableSource(String name) {
    this.name = name;
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    return FrameRows.read(table(spark), columns, "table \"" + name + "\"");
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return List.of(table(spark).columns());
  }

  /**
   * The table, with a version made of its files. A view, or a table whose files Spark does not
   * list, may change unseen: its version is unknown.
   */
  @Override
  public SourceDescription describe(SparkSession spark) {
    Dataset<Row> table = table(spark);
    String[] files = isStored(spark) ? table.inputFiles() : new String[0];
    if (files.length == 0) {
      return new SourceDescription("table", name, SourceDescription.UNKNOWN_VERSION);
    }
    ContentHash version = new ContentHash().add(table.schema().json());
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    for (String file : List.of(files).stream().sorted().toList()) {
      version.add(SourceFiles.at(file, configuration).version());
    }
    return new SourceDescription("table", name, version.hex());
  }

  private boolean isStored(SparkSession spark) {
    try {
      Table table = spark.catalog().getTable(name);
      String type = table.tableType() == null ? "" : table.tableType().toUpperCase(Locale.ROOT);
      return !table.isTemporary() && (type.equals("MANAGED") || type.equals("EXTERNAL"));
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception unknownToCatalog) {
      return false;
    }
  }

  private Dataset<Row> table(SparkSession spark) {
    try {
      return spark.table(name);
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      // Spark's AnalysisException is checked, and undeclared to Java.
      throw new DataException(
          "Cannot read table \""
              + name
              + "\": Spark's catalog does not hold it or cannot read its name; check catalog,"
              + " database and name with SHOW TABLES",
          failure);
    }
  }
}
