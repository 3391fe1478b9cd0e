package dev.rankwise.jobs.doctor;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.doctor.TriedFolders.Place;
import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.jobs.estimate.EstimateRun;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SharedSpark;
import dev.rankwise.jobs.survey.BaseAnswer;
import dev.rankwise.jobs.survey.ClockOffset;
import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.survey.ExecutorAnswer.Question;
import dev.rankwise.jobs.survey.MemoryAnswer;
import dev.rankwise.jobs.survey.Survey;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.pipeline.executor.Inquiry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Examines the machine or cluster that the command was given, top to bottom: works out what the
 * recipe's run takes, starts Spark, asks every executor, checks what was answered.
 *
 * @param recipe the run that it is to be good for; empty for none in particular
 * @param spark settings of Spark
 * @param shared further folders that must be shared, paths of this host or addresses
 * @param patience how long executors may take to come
 * @param context where to tell, and the driver's clock
 */
public record Doctor(
    Optional<Recipe> recipe,
    SparkSection spark,
    List<String> shared,
    Duration patience,
    RunContext context) {

  public Doctor {
    shared = List.copyOf(shared);
  }

  /**
   * Examines and tells.
   *
   * @param to a JSON file that gets all of it
   * @return whether nothing must be mended
   * @throws dev.rankwise.models.failure.UserInputException with all problems of the recipe at once
   * @throws dev.rankwise.models.failure.ClusterException if Spark cannot be started
   */
  public boolean isWell(Optional<Path> to) {
    // Before Spark, whose session would count among what the run takes.
    Optional<Estimate> estimate = recipe.map(it -> new EstimateRun(it, context).estimate());
    try (SharedSpark running = new SharedSpark()) {
      running.start("doctor", spark);
      JavaSparkContext session =
          JavaSparkContext.fromSparkContext(SparkSession.active().sparkContext());
      Diagnosis diagnosis = Diagnosis.of(examined(session, estimate));
      diagnosis.tell(context::say);
      to.ifPresent(file -> AtomicFile.write(file, JsonFile.text(diagnosis.fields()) + "\n"));
      return !diagnosis.mustBeMended();
    }
  }

  private Examined examined(JavaSparkContext session, Optional<Estimate> estimate) {
    SparkConf conf = session.getConf();
    Survey survey = new Survey(session, context.clock());
    ReadFiles files = recipe.map(ReadFiles::of).orElseGet(ReadFiles::none);
    try (TriedFolders folders = new TriedFolders(places(), SparkBases.configuration())) {
      List<ExecutorAnswer> answers = new ArrayList<>();
      Set<String> silent = Set.of();
      List<ClockOffset> clocks = List.of();
      Cluster cluster = new Cluster(conf, List.of(), patience);
      if (survey.awaitExecutors(patience, Cluster.asked(conf))) {
        Inquiry.Answers<ExecutorAnswer> asked = survey.ask(question(conf, files, folders));
        answers.addAll(asked.byExecutor().values());
        answers.sort(Comparator.comparing(ExecutorAnswer::executor));
        silent = asked.silent();
        clocks = survey.clocks();
        cluster = new Cluster(conf, survey.registered(), patience);
      }
      return new Examined(
          cluster,
          answers,
          silent,
          clocks,
          folders.reports(answers.stream().map(ExecutorAnswer::executor).toList()),
          files.files().size(),
          files.failures(),
          BaseAnswer.to(model()),
          MemoryAnswer.ofThisJvm(),
          estimate);
    }
  }

  private Question question(SparkConf conf, ReadFiles files, TriedFolders folders) {
    int cores = conf.getInt("spark.task.cpus", 1);
    return new Question(
        recipe.map(it -> it.threads(cores)).orElse(cores),
        List.copyOf(VariableCheck.wanted().keySet()),
        folders.probes(),
        files.files(),
        model());
  }

  private String model() {
    return recipe.map(it -> it.base().model()).orElse("");
  }

  /** Where executors write the prepared rows and read them, and what else is named. */
  private List<Place> places() {
    List<Place> places = new ArrayList<>();
    recipe.ifPresent(
        it -> {
          String directory = it.output().directory();
          if (!it.data().prepared().isEmpty()) {
            places.add(new Place("data.prepared", it.data().prepared()));
          } else if (!directory.isEmpty()) {
            places.add(new Place("output.directory", RunFolders.address(directory)));
          }
        });
    shared.forEach(it -> places.add(new Place("--shared", RunFolders.address(it))));
    return places;
  }
}
