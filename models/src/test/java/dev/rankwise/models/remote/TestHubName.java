package dev.rankwise.models.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestHubName {

  @ParameterizedTest
  @CsvSource({
    "hf:org/name, org/name, main",
    "hf://org/name, org/name, main",
    "hf:gpt2, gpt2, main",
    "hf:org/a.b-c_d@v1.0, org/a.b-c_d, v1.0",
    "hf:org/name@refs/pr/3, org/name, refs/pr/3",
  })
  void readsRepositoryAndRevision(String text, String repository, String revision) {
    HubName name = HubName.of(text);
    assertThat(name.repository()).isEqualTo(repository);
    assertThat(name.revision()).isEqualTo(revision);
    assertThat(name.isPinned()).isFalse();
    assertThat(HubName.isHubName(text)).isTrue();
  }

  @Test
  void aCommitIsPinned() {
    String commit = "0123456789abcdef0123456789abcdef01234567";
    HubName pinned = HubName.of("hf:org/name").at(commit);
    assertThat(pinned.isPinned()).isTrue();
    assertThat(pinned).hasToString("hf:org/name@" + commit);
    assertThat(HubName.of(pinned.toString())).isEqualTo(pinned);
    assertThat(HubName.isHubName("org/name")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf:",
        "hf:org/",
        "hf:/name",
        "hf:org/name/more",
        "hf:../name",
        "hf:org/..",
        "hf:org--x/name",
        "hf:org/name@",
        "hf:org/name@../main",
        "hf:org/name@a b",
        "hf:org/na\nme",
        "hf:org/name?x=1"
      })
  void refusesAnotherForm(String text) {
    assertThatThrownBy(() -> HubName.of(text))
        .isInstanceOf(UserInputException.class)
        .hasMessageEndingWith(
            "is no name of the hub: the form is hf:org/name or hf:org/name@revision");
  }
}
