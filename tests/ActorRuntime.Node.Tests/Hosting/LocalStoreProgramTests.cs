using System.Text.Json.Nodes;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Hosting;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local;
using Xunit;

namespace ActorRuntime.Node.Tests.Hosting;

/// <summary>What an operator sees of a local store, and what repairing one does.</summary>
[Trait("Requirement", "SR-5")]
public sealed class LocalStoreProgramTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("actor-runtime-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private LocalStoreOptions Local => new() { Directory = Path.Combine(_directory, "blocks"), SegmentSize = 64 * 1024 };

    private string FirstSegment => Path.Combine(Local.Directory, "logs", "Orders%2F7", "0000000001.segment");

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Whole_store_is_listed_as_a_table_and_as_json()
    {
        var id = await WriteAsync();

        Assert.Equal(ExitCode.Success, Check(asJson: false));
        Assert.Contains($"{Local.Directory}: 2 logs, opened 1 times", _output.ToString(), StringComparison.Ordinal);
        Assert.Matches($@"Orders/7 +{id:x16} +closed +3 +0 +30 +30 +30 +1 +81,920 +1", _output.ToString());
        Assert.Equal(ExitCode.Success, Check(asJson: true));
        var log = Parsed()["logs"]![1]!;
        Assert.Equal(("Orders/7", 30, null), ((string)log["log"]!, (int)log["head"]!, log["damage"]));
    }

    [Fact]
    public async Task Damage_is_shown_and_cut_only_when_told_to_and_kept_aside()
    {
        var id = await WriteAsync();
        Flip(FirstSegment, 5000);
        var damaged = await File.ReadAllBytesAsync(FirstSegment);

        Assert.Equal(ExitCode.Failed, Check(asJson: false));
        Assert.Contains($"DAMAGED Orders/7: {FirstSegment}, offset ", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, Check(asJson: true));
        var damage = Parsed()["logs"]![1]!["damage"]!;
        var block = (long)damage["block"]!;
        Assert.Equal(FirstSegment, (string)damage["file"]!);
        Assert.InRange((long)damage["offset"]!, 4096, 5000);

        Assert.Equal(ExitCode.BadUsage, await RepairAsync("Orders/7", cuts: false));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(FirstSegment));

        Assert.Equal(ExitCode.Success, await RepairAsync("Orders/7", cuts: true));
        Assert.Contains($"ends at block {block - 1} now; blocks {block} to 30 are given up", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(Path.Combine(Local.Directory, "removed", "Orders%2F7", "0000000001.segment")));
        Assert.Equal(ExitCode.Success, Check(asJson: true));

        await using var store = new SegmentStore(Local, new ProductionEnvironment());
        await store.OpenAsync(default);
        var log = (await store.OpenLogAsync("Orders/7", default))!;
        Assert.Equal((block - 1, 3), (log.Head.Height, log.Term));
        Assert.NotEqual(id, log.StoreId);
        log.Append(Block.Create(block, 3, log.Head.Digest, []));
    }

    [Fact]
    public async Task Log_without_its_state_is_repaired_from_its_segments()
    {
        await WriteAsync();
        File.Delete(Path.Combine(Path.GetDirectoryName(FirstSegment)!, "state"));

        Assert.Equal(ExitCode.Failed, Check(asJson: false));
        Assert.Equal(ExitCode.Success, await RepairAsync("Orders/7", cuts: true));

        Assert.Equal(ExitCode.Success, Check(asJson: true));
        Assert.Equal((30, 3), ((int)Parsed()["logs"]![1]!["head"]!, (int)Parsed()["logs"]![1]!["term"]!));
    }

    [Fact]
    public async Task Log_of_which_nothing_can_be_read_is_taken_away_and_kept()
    {
        await WriteAsync();
        Flip(FirstSegment, 20);

        Assert.Equal(ExitCode.Success, await RepairAsync("Orders/7", cuts: true));

        Assert.Contains("the log is gone", _output.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Local.Directory, "removed", "Orders%2F7", "0000000001.segment")));
        Assert.Equal(ExitCode.Success, Check(asJson: true));
        Assert.Single(Parsed()["logs"]!.AsArray());
    }

    [Fact]
    public async Task Store_in_use_whole_logs_and_unknown_ones_are_refused()
    {
        await WriteAsync();
        Assert.Equal(ExitCode.Failed, await RepairAsync("Orders/7", cuts: true));
        Assert.Contains("not damaged", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, await RepairAsync("Orders/9", cuts: true));
        Assert.Contains("has no log Orders/9", _error.ToString(), StringComparison.Ordinal);

        await using var store = new SegmentStore(Local, new ProductionEnvironment());
        await store.OpenAsync(default);
        Assert.Equal(ExitCode.Failed, Check(asJson: false));
        Assert.Contains($"in use by process {Environment.ProcessId} ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_is_named_by_a_directory_or_by_a_node_s_configuration()
    {
        Assert.Equal(ExitCode.Failed, Check(asJson: false));
        Assert.Contains("is no local store", _error.ToString(), StringComparison.Ordinal);
        await WriteAsync();
        var file = Path.Combine(_directory, "node.conf");
        await File.WriteAllTextAsync(file, "actor-runtime.cluster { name = n1, data-dir = \"" + _directory + "\" }");
        Directory.Move(Local.Directory, Path.Combine(_directory, "n1.blocks"));

        Assert.Equal(ExitCode.Success, LocalStoreProgram.Check(new LocalStoreRequest(file, null, false, "", false), _output, _error));

        var configuration = new System.CommandLine.InvocationConfiguration { Output = _output, Error = _error };
        var root = NodeCommandLine.Create((_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), () => "");
        Assert.Equal(ExitCode.BadUsage, await NodeCommandLine.InvokeAsync(root, ["store", "check"], configuration));
        Assert.Equal(ExitCode.Success, await NodeCommandLine.InvokeAsync(root, ["store", "check", "--config", file], configuration));
    }

    private async Task<ulong> WriteAsync()
    {
        await using var store = new SegmentStore(Local, new ProductionEnvironment());
        await store.OpenAsync(default);
        await store.CreateAsync("Customers/1", default, default);
        var log = await store.CreateAsync("Orders/7", default, default);
        log.RecordTerm(3);
        for (var i = 0; i < 30; i++) log.Append(Block.Create(log.Head.Height + 1, 3, log.Head.Digest, new byte[100]));
        await log.FlushAsync();
        return log.StoreId;
    }

    private int Check(bool asJson)
    {
        _output.GetStringBuilder().Clear();
        return LocalStoreProgram.Check(new LocalStoreRequest(null, Local.Directory, asJson, "", false), _output, _error);
    }

    private Task<int> RepairAsync(string log, bool cuts) =>
        LocalStoreProgram.RepairAsync(new LocalStoreRequest(null, Local.Directory, false, log, cuts), _output, _error);

    private JsonNode Parsed() => JsonNode.Parse(_output.ToString())!;

    private static void Flip(string path, long offset)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }
}
