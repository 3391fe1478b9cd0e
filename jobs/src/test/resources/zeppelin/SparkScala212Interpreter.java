package org.apache.zeppelin.spark;

import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.repl.SparkILoop;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.SparkSession;
import org.apache.zeppelin.interpreter.InterpreterContext;
import org.apache.zeppelin.interpreter.InterpreterGroup;
import org.apache.zeppelin.interpreter.InterpreterHookRegistry;
import org.apache.zeppelin.interpreter.InterpreterResult;
import org.apache.zeppelin.interpreter.ZeppelinContext;
import org.apache.zeppelin.interpreter.thrift.InterpreterCompletion;
import scala.Console;
import scala.Function0;
import scala.Function1;
import scala.Option;
import scala.collection.JavaConverters;
import scala.runtime.BoxedUnit;
import scala.tools.nsc.GenericRunnerSettings;
import scala.tools.nsc.interpreter.IMain;
import scala.tools.nsc.interpreter.Results;

/**
 * The one class of Zeppelin 0.10's Spark interpreter that no registry has: it evaluates Scala in
 * Spark's own REPL. Compiled by the test that starts a Zeppelin. What is written here instead of
 * Zeppelin's is the evaluation, and the table that {@code %spark.sql} shows.
 */
public final class SparkScala212Interpreter extends AbstractSparkScalaInterpreter {
  private final SparkConf conf;
  private final File classes;
  private final Output output = new Output();
  private SparkILoop loop;
  private SparkSession session;
  private ZeppelinContext tables;

  public SparkScala212Interpreter(
      SparkConf conf,
      List<String> files,
      Properties properties,
      InterpreterGroup group,
      URLClassLoader loader,
      File classes) {
    this.conf = conf;
    this.classes = classes;
    this.tables = new Tables(group.getInterpreterHookRegistry());
  }

  /** Goes to the paragraph that runs. */
  private static final class Output extends OutputStream {
    private volatile OutputStream target = System.out;

    @Override
    public void write(int value) throws java.io.IOException {
      target.write(value);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws java.io.IOException {
      target.write(bytes, from, length);
    }

    @Override
    public void flush() throws java.io.IOException {
      target.flush();
    }
  }

  /** What {@code %spark.sql} needs of a context. */
  private static final class Tables extends ZeppelinContext {
    Tables(InterpreterHookRegistry hooks) {
      super(hooks, 1000);
    }

    @Override
    public Map<String, String> getInterpreterClassMap() {
      return Map.of();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public List<Class> getSupportedClasses() {
      return List.of(Dataset.class);
    }

    @Override
    @SuppressWarnings("unchecked")
    public String showData(Object rows, int most) {
      Dataset<Row> frame = ((Dataset<Object>) rows).toDF();
      StringBuilder text = new StringBuilder("%table " + String.join("\t", frame.columns()));
      for (Row row : frame.takeAsList(most)) {
        text.append('\n').append(row.mkString("\t"));
      }
      return text.append('\n').toString();
    }
  }

  @Override
  public void open() {
    GenericRunnerSettings settings =
        new GenericRunnerSettings((Function1<String, BoxedUnit>) error -> BoxedUnit.UNIT);
    List<String> options =
        List.of("-Yrepl-class-based", "-Yrepl-outdir", classes.getAbsolutePath(), "-usejavacp");
    settings.processArguments(JavaConverters.asScalaBuffer(options).toList(), true);
    loop = new SparkILoop(Option.empty(), new PrintWriter(output, true));
    loop.settings_$eq(settings);
    loop.createInterpreter();
    IMain main = loop.intp();
    main.initializeSynchronous();
    Thread.currentThread().setContextClassLoader(main.classLoader());
    conf.set("spark.repl.class.outputDir", classes.getAbsolutePath());
    session = SparkSession.builder().config(conf).getOrCreate();
    String[] begin = {
      "@transient val spark = org.apache.spark.sql.SparkSession.builder().getOrCreate()",
      "@transient val sc = spark.sparkContext",
      "import org.apache.spark.SparkContext._",
      "import spark.implicits._",
      "import spark.sql",
      "import org.apache.spark.sql.functions._"
    };
    for (String line : begin) {
      main.interpret(line);
    }
  }

  @Override
  public InterpreterResult interpret(String code, InterpreterContext context) {
    PrintStream before = System.out;
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    PrintStream out = new PrintStream(context.out, true, StandardCharsets.UTF_8);
    output.target = context.out;
    System.setOut(out);
    Thread.currentThread().setContextClassLoader(loop.intp().classLoader());
    try {
      Results.Result result =
          Console.withOut(out, (Function0<Results.Result>) () -> loop.intp().interpret(code));
      out.flush();
      context.out.flush();
      return new InterpreterResult(
          result.equals(Results.Success$.MODULE$)
              ? InterpreterResult.Code.SUCCESS
              : result.equals(Results.Incomplete$.MODULE$)
                  ? InterpreterResult.Code.INCOMPLETE
                  : InterpreterResult.Code.ERROR);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } finally {
      Thread.currentThread().setContextClassLoader(loader);
      System.setOut(before);
      output.target = before;
    }
  }

  @Override
  public void close() {
    session.stop();
    loop.closeInterpreter();
  }

  @Override
  public SparkContext getSparkContext() {
    return session.sparkContext();
  }

  @Override
  public SQLContext getSqlContext() {
    return session.sqlContext();
  }

  @Override
  public Object getSparkSession() {
    return session;
  }

  @Override
  public String getSparkUrl() {
    return session.sparkContext().uiWebUrl().getOrElse((Function0<String>) () -> "");
  }

  @Override
  public ZeppelinContext getZeppelinContext() {
    return tables;
  }

  @Override
  public int getProgress(String group, InterpreterContext context) {
    return 0;
  }

  @Override
  public List<InterpreterCompletion> completion(
      String text, int cursor, InterpreterContext context) {
    return List.of();
  }

  @Override
  public ClassLoader getScalaShellClassLoader() {
    return loop.intp().classLoader();
  }
}
