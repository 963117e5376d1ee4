using ActorRuntime.Configuration;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Journal;

public sealed class SqliteOptionsTests
{
    [Fact]
    public void Shipped_configuration_shows_the_defaults()
    {
        var persistence = ConfigurationFactory.ParseFile(Path.Combine(RepositoryRoot(), "hocon/persistence.conf"))
            .GetConfig("actor-runtime.persistence");
        var sqlite = persistence.GetConfig("sqlite");

        Assert.Equal(new PersistenceOptions(), PersistenceOptions.FromConfig(persistence));
        Assert.Equal(new SqliteJournalOptions { Path = "x" }, SqliteJournalOptions.FromConfig(sqlite, "x").Validated());
        Assert.Equal(
            new SqliteControlLogOptions { Path = "x" }, SqliteControlLogOptions.FromConfig(sqlite.GetConfig("control-log"), "x").Validated());
    }

    private static string RepositoryRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "ActorRuntime.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
