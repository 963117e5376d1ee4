using Xunit;

namespace ActorRuntime.Tests;

public sealed class DurableFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("actor-runtime-files").FullName;
    private readonly IDurableFiles _files = new ProductionEnvironment().Files;

    private string FilePath => Path.Combine(_directory, "node.mark");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_was_replaced_is_read_and_nothing_lies_beside_it()
    {
        Assert.Null(_files.Read(FilePath));
        _files.Replace(FilePath, "a long first content");
        _files.Replace(FilePath, "zwölf");
        Assert.Equal("zwölf", _files.Read(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(_directory));
    }

    [Fact]
    public void A_replacement_cut_short_by_a_crash_leaves_the_old_content()
    {
        _files.Replace(FilePath, "old");
        File.WriteAllText(FilePath + ".new", "hal"); // What a crash in the middle leaves behind.
        Assert.Equal("old", _files.Read(FilePath));
        _files.Replace(FilePath, "new");
        Assert.Equal("new", _files.Read(FilePath));
    }

    [Fact]
    public void What_cannot_be_read_or_written_is_told()
    {
        Directory.CreateDirectory(FilePath);
        Assert.Throws<IOException>(() => _files.Read(FilePath));
        Assert.Throws<IOException>(() => _files.Replace(FilePath, "x"));
        Assert.Throws<DirectoryNotFoundException>(() => _files.Replace(Path.Combine(_directory, "nowhere", "x"), "x"));
    }
}
