using System.Security.Cryptography;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.Sql.ControlLog;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>A node whose control log is not what it remembers.</summary>
[Collection(OneAtATime.Name)]
public sealed class ControlLogTests
{
    [Fact, Trait("Requirement", "CL-8")]
    public async Task Restored_backup_is_refused_and_left_as_it_is_until_it_is_adopted()
    {
        using var directory = new TestDirectory();
        var (configuration, log) = (directory.Node("n1").Path, directory.File("control-log.db"));
        await RunOnceAsync("--config", configuration);
        var backup = await File.ReadAllBytesAsync(log);
        await RunOnceAsync("--config", configuration);
        var seen = LogMark.Parse(await File.ReadAllTextAsync(directory.File("n1.control-log"))).Version;

        await RestoreAsync(log, backup);
        await using (var refused = Executable.Node("--config", configuration))
        {
            Assert.Equal(1, await refused.EndAsync());
            Assert.Contains("it is an older copy (a restored backup?)", refused.Error, StringComparison.Ordinal);
            Assert.Contains(directory.File("n1.control-log"), refused.Error, StringComparison.Ordinal);
            Assert.Contains("--adopt-log", refused.Error, StringComparison.Ordinal);
        }
        Assert.Equal(SHA256.HashData(backup), SHA256.HashData(await File.ReadAllBytesAsync(log)));

        Assert.Contains("Adopting the control log", await RunOnceAsync("--config", configuration, "--adopt-log"), StringComparison.Ordinal);
        Assert.True(await HeadAsync(log) > seen + 1_000_000, "the adopted log does not go on above what was seen");
        Assert.DoesNotContain("--adopt-log", await RunOnceAsync("run", "--config", configuration), StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Another_store_is_refused_until_it_is_adopted()
    {
        using var directory = new TestDirectory();
        var (configuration, log) = (directory.Node("n1").Path, directory.File("control-log.db"));
        await RunOnceAsync("--config", configuration);
        File.Delete(log);

        await using (var refused = Executable.Node("--config", configuration))
        {
            Assert.Equal(1, await refused.EndAsync());
            Assert.Contains("is another one", refused.Error, StringComparison.Ordinal);
        }
        Assert.Equal(0, await HeadAsync(log));
        await RunOnceAsync("run", "--config", configuration, "--adopt-log");
        await RunOnceAsync("--config", configuration);
    }

    private static async Task<string> RunOnceAsync(params string[] arguments)
    {
        await using var node = Executable.Node(arguments);
        await node.SaysAsync("is up");
        node.Signal("TERM");
        Assert.Equal(0, await node.EndAsync());
        return node.Error;
    }

    private static async Task RestoreAsync(string log, byte[] backup)
    {
        foreach (var suffix in new[] { "-wal", "-shm" }) File.Delete(log + suffix);
        await File.WriteAllBytesAsync(log, backup);
    }

    private static async Task<long> HeadAsync(string log)
    {
        await using var store = new SqliteControlLogStore(new() { Path = log }, new ProductionEnvironment());
        await store.OpenAsync(CancellationToken.None);
        return await store.ReadHeadAsync(CancellationToken.None);
    }
}
