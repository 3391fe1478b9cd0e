package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestFreePlace {
  @TempDir Path folder;

  @Test
  void whatLiesThereIsNotWrittenOver() {
    assertThatThrownBy(() -> FreePlace.require(folder))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write %s: something lies there already; name a place that is free"
                .formatted(folder));
    assertThatCode(() -> FreePlace.require(folder.resolve("free"))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hdfs://host:9000/merged", "s3a://bucket/merged", "hdfs:/merged"})
  void addressIsNotTakenForAPath(String address) {
    assertThatThrownBy(() -> FreePlace.require(Path.of(address)))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write ")
        .hasMessageContaining("it is an address, and this verb leaves what it makes on the host");
  }
}
