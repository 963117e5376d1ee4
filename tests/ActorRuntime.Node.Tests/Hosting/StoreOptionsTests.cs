using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Demo;
using ActorRuntime.Node.Hosting;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Node.Tests.Hosting;

[Trait("Requirement", "AR-4")]
public sealed class StoreOptionsTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"store-{Guid.NewGuid():N}.conf");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        File.Delete(_file);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Postgres_is_chosen_and_its_settings_arrive()
    {
        var store = Assert.IsType<StoreOptions.Postgres>(Load("""
            store = postgres
            postgres {
              connection-string = "Host=db1,db2;Database=app;Username=me", password = pw, schema = mine
              connect-timeout = 3s, command-timeout = 4s, write-timeout = 20s, commit-events-max = 7
              control-log { command-timeout = 2s, call-timeout = 6s, open-timeout = 0s }
            }
            """).Store);

        var server = store.Journal.Server;
        Assert.Equal(("pw", "mine", "PostgreSQL db1,db2:5432/app (mine)"), (server.Password, server.Schema, server.Name));
        Assert.Equal((3, 4, 20, 7), (
            (int)server.ConnectTimeout.TotalSeconds, (int)server.CommandTimeout.TotalSeconds, (int)store.Journal.WriteTimeout.TotalSeconds,
            store.Journal.CommitEventsMax));
        Assert.Equal((2, 6, 0), (
            (int)store.ControlLog.Server.CommandTimeout.TotalSeconds, (int)store.ControlLog.CallTimeout.TotalSeconds,
            (int)store.ControlLog.OpenTimeout.TotalSeconds));
    }

    [Fact]
    public void Postgres_without_a_server_is_refused_and_sqlite_asks_for_none()
    {
        var refusal = Assert.Throws<ConfigurationException>(() => Load("store = postgres"));

        Assert.Contains(refusal.Errors, error => error.ToString().Contains("persistence.postgres.connection-string: names no host", StringComparison.Ordinal));
        Assert.IsType<StoreOptions.Sqlite>(Load("store = sqlite").Store);
    }

    [Fact]
    public void Sql_of_the_embedded_store_is_printed_without_a_configuration()
    {
        Assert.Equal(ExitCode.Success, StoreProgram.Sql(null, _output, _error));

        foreach (var table in (string[])["control_log(", "journal_event(", "snapshot("]) Assert.Contains($"create table {table}", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("without rowid", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sql_of_the_configured_store_is_printed_for_its_schema()
    {
        Write("""store = postgres, postgres { connection-string = "Host=db1", schema = mine }""");

        Assert.Equal(ExitCode.Success, StoreProgram.Sql(_file, _output, _error));

        Assert.Contains("create schema if not exists mine;", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("bytea", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_that_would_have_to_be_quoted_is_refused()
    {
        Write("""store = postgres, postgres { connection-string = "Host=db1", schema = "x; drop table y" }""");

        Assert.Equal(ExitCode.BadUsage, StoreProgram.Sql(_file, _output, _error));

        Assert.Contains("postgres.schema: lower-case letters", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public void Demonstration_on_postgres_asks_for_a_server()
    {
        var refusal = Assert.Throws<OptionsException>(() => new DemoOptions { Store = StoreKind.Postgres }.Validated());

        Assert.Contains("--connection-string", Assert.Single(refusal.Errors), StringComparison.Ordinal);
        Assert.NotNull(new DemoOptions { Store = StoreKind.Postgres, ConnectionString = "Host=db1" }.Validated());
    }

    private NodeConfiguration Load(string persistence)
    {
        Write(persistence);
        return NodeConfiguration.Load(_file);
    }

    private void Write(string persistence) => File.WriteAllText(_file, $"actor-runtime {{ cluster.name = n1, persistence {{ {persistence} }} }}");
}
