import theme from "vitepress/theme-without-fonts";
import "./colours.css";
import "./diagrams.css";
import "./pictures.css";

export default theme;
