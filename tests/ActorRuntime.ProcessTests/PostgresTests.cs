using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ActorRuntime.Persistence.Sql.Tests.Postgres;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>Three node processes that share a PostgreSQL server.</summary>
[Collection(OneAtATime.Name)]
public sealed class PostgresTests
{
    private const int Lines = 12_000;

    [PostgresFact, Trait("Requirement", "AR-4")]
    public async Task Server_that_is_killed_and_restarted_under_load_costs_nothing()
    {
        using var server = ThrowawayServer.Start();
        using var directory = new TestDirectory();
        await using var demo = Start(server, directory, "none");
        await demo.SaysAsync("node-3 up");

        server.Kill();
        server.Restart();
        await Task.Yield();
        server.Stop();
        server.Restart();

        await AssertAllThereAsync(demo, directory);
    }

    [PostgresFact, Trait("Requirement", "AR-5")]
    public async Task Killed_node_is_replaced_as_on_files()
    {
        using var server = ThrowawayServer.Start();
        using var directory = new TestDirectory();
        await using var demo = Start(server, directory, "kill");

        await AssertAllThereAsync(demo, directory);
    }

    private static Executable Start(ThrowawayServer server, TestDirectory directory, string fault)
    {
        var lines = Enumerable.Range(0, Lines).Select(line => line.ToString(CultureInfo.InvariantCulture) + "\n");
        File.WriteAllText(directory.File("input.txt"), string.Concat(lines));
        return Executable.Node(
            "demo", "--json", "--store", "postgres", "--connection-string", server.ConnectionString, "--fault", fault,
            "--input", directory.File("input.txt"), "--rate", "1000", "--directory", directory.File("run"));
    }

    private static async Task AssertAllThereAsync(Executable demo, TestDirectory directory)
    {
        Assert.True(await demo.EndAsync() == 0, $"{demo.Output}\n{demo.Error}");
        using var report = JsonDocument.Parse(demo.Output.TrimEnd().Split('\n')[^1]);
        var total = report.RootElement.GetProperty("total");
        Assert.Equal(Lines, total.GetProperty("items_out").GetInt64());
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(directory.File("input.txt"))));
        Assert.Equal(digest, total.GetProperty("sha256_out").GetString());
    }
}

/// <summary>A test that needs a PostgreSQL server on this machine; elsewhere skipped, unless the environment says
/// <c>ACTOR_RUNTIME_TESTS_POSTGRES=required</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("ACTOR_RUNTIME_TESTS_POSTGRES") != "required") Skip = ThrowawayServer.WhyMissing;
    }
}
